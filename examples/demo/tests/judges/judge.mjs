// Reads streams from standard input, one a line, its chunks in hexadecimal with spaces between; writes for each a line
// of JSON: what eventsource-parser and undici make of it, as [type, data, last event ID].
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { createParser } from "eventsource-parser";

const { EventSourceStream } = createRequire(import.meta.url)("undici/lib/web/eventsource/eventsource-stream.js");

function eventsourceParser(chunks) {
  const events = [];
  // It leaves the last event ID to its caller, and is fed with text, as of a TextDecoderStream.
  let lastEventId = "";
  const onEvent = ({ event = "message", data, id = lastEventId }) => {
    lastEventId = id;
    events.push([event, data, id]);
  };
  const parser = createParser({ onEvent });
  const decoder = new TextDecoder();
  for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }));
  parser.feed(decoder.decode());
  return events;
}

async function undici(chunks) {
  const stream = new EventSourceStream({ eventSourceSettings: { lastEventId: "" } });
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  const events = [];
  for await (const { type, options } of stream) events.push([type, options.data, options.lastEventId]);
  return events;
}

for await (const line of createInterface({ input: process.stdin })) {
  const chunks = line.split(" ").map((chunk) => Buffer.from(chunk, "hex"));
  console.log(JSON.stringify({ eventsourceParser: eventsourceParser(chunks), undici: await undici(chunks) }));
}
