// A proxy that compresses, with the middleware that Express has for that: node proxy.mjs UPSTREAM_PORT PORT. Under /deaf
// the middleware does not get to see what the server says about caching.
import { createServer, request } from "node:http";
import compression from "compression";

const [upstream, port] = process.argv.slice(2).map(Number);
const compress = compression();

function forward({ method, url, headers }, response) {
  const path = url.replace(/^\/deaf/, "");
  const onward = request({ host: "127.0.0.1", port: upstream, method, path, headers }, (answer) => {
    if (path !== url) delete answer.headers["cache-control"];
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  response.on("close", () => onward.destroy());
  onward.on("error", () => response.destroy());
  onward.end();
}

createServer((incoming, response) => compress(incoming, response, () => forward(incoming, response))).listen(port, "127.0.0.1");
