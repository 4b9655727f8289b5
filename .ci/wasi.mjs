// Runs a program for wasm32-wasip1 under Node.js, as cargo's runner: node .ci/wasi.mjs PROGRAM [ARGUMENT...]
// It sees the environment and no files. A panic is a trap there, which ends Node.js with an error.
import { readFile } from "node:fs/promises";
import { argv, env } from "node:process";
import { WASI } from "node:wasi";

const args = argv.slice(2);
const wasi = new WASI({ version: "preview1", args, env });
const { instance } = await WebAssembly.instantiate(await readFile(args[0]), { wasi_snapshot_preview1: wasi.wasiImport });
wasi.start(instance);
