// Serves the files below a folder over HTTP on 127.0.0.1, whole or by range, for the demo's artifacts.
//
//   node scripts/serve.mjs PORT FOLDER
import { createReadStream, promises as fs } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";

const [port, folder] = process.argv.slice(2);
const root = path.resolve(folder);

createServer(async (request, response) => {
  const file = path.join(root, decodeURIComponent(new URL(request.url, "http://x").pathname)); // join drops ".."
  try {
    const { size, mtimeMs } = await fs.stat(file);
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const start = range ? Number(range[1]) : 0;
    const end = range?.[2] ? Number(range[2]) : size - 1;
    if (start > end || end >= size) return void response.writeHead(416, { "Content-Range": `bytes */${size}` }).end();
    const headers = { "Content-Length": end - start + 1, ETag: `"${size}-${mtimeMs}"`, "Accept-Ranges": "bytes" };
    if (range) headers["Content-Range"] = `bytes ${start}-${end}/${size}`;
    response.writeHead(range ? 206 : 200, headers);
    createReadStream(file, { start, end }).on("error", () => response.destroy()).pipe(response);
  } catch {
    response.writeHead(404).end();
  }
}).listen(Number(port), "127.0.0.1");
