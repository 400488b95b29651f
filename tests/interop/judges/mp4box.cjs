// node mp4box.cjs FILE: the box tree, the movie and every sample as GPAC's MP4Box.js reads them, as one JSON object.
"use strict";
const fs = require("fs");
const log = [];
for (const level of ["log", "info", "warn", "error", "debug"]) console[level] = (...words) => log.push([level, words.join(" ")]);
const MP4Box = require("mp4box");
MP4Box.Log.setLogLevel(2); // warnings and errors

const bytes = fs.readFileSync(process.argv[2]);
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
buffer.fileStart = 0;

const errors = [];
let info = null;
const file = MP4Box.createFile();
file.onError = (module, message) => errors.push(`${module}: ${message}`);
file.onReady = (ready) => { info = ready; };
file.appendBuffer(buffer);
file.flush();

// Its own bookkeeping, and the tables that the samples below say better.
const HIDDEN = new Set(["boxes", "data", "hdr_size", "start", "size", "type", "box_name", "has_unparsed_data", "unparsed_data",
  "original_size", "parent", "stream", "subBoxNames", "addBox", "sample_sizes", "chunk_offsets", "samples_per_chunk", "first_chunk",
  "sample_description_index", "sample_counts", "sample_deltas", "sample_offsets", "sample_numbers", "samples", "nextSample"]);

const isBox = (value) => value && typeof value === "object" && typeof value.type === "string" && value.hdr_size !== undefined;

function plain(value) {
  if (typeof value === "bigint") return Number(value);
  if (ArrayBuffer.isView(value)) return Array.from(value).slice(0, 4096);
  return value;
}

function describe(box) {
  const fields = {};
  const children = (box.boxes || []).slice();
  for (const [key, value] of Object.entries(box)) {
    if (typeof value === "function" || value === undefined) continue;
    if (Array.isArray(value) && value.length && value.every(isBox)) {
      for (const child of value) if (!children.includes(child)) children.push(child);
    } else if (!HIDDEN.has(key) && !isBox(value)) fields[key] = plain(value);
  }
  const known = !(box.constructor && box.constructor.name === "Box");
  return { type: box.type, start: box.start, size: box.size, known, unparsed: Boolean(box.has_unparsed_data), fields,
    children: children.map(describe) };
}

const boxes = file.boxes.map(describe);
for (const box of file.boxes) {
  if (box.start + box.size > bytes.length) errors.push(`${box.type} ends at ${box.start + box.size}, the file at ${bytes.length}`);
}
if (!info) errors.push("no movie was found");
const samples = {};
for (const track of info ? info.tracks : []) {
  const list = file.getTrackSamplesInfo(track.id) || [];
  samples[track.id] = list.map((s) => ({ dts: s.dts, cts: s.cts, duration: s.duration, timescale: s.timescale, sync: s.is_sync,
    offset: s.offset, size: s.size, description: s.description_index, depends_on: s.depends_on, is_depended_on: s.is_depended_on }));
  const lost = list.filter((s) => s.offset + s.size > bytes.length).length;
  if (lost) errors.push(`track ${track.id}: ${lost} samples lie beyond the end of the file`);
}
// It calls the eight zero bytes that end a QuickTime 'wave' atom, and every type that begins with a copyright sign, invalid, and goes on.
const harmless = (text) => text.includes("Invalid box type");
for (const [level, text] of log) if (level === "error" && !harmless(text)) errors.push(text);
const seen = new WeakSet();
const flat = (key, value) => {
  if (value && typeof value === "object") { if (isBox(value) || seen.has(value)) return undefined; seen.add(value); }
  return plain(value);
};
const summary = info && JSON.parse(JSON.stringify(info, flat));
const warnings = log.filter(([level, text]) => level === "warn" || harmless(text)).map(([, text]) => text);
process.stdout.write(JSON.stringify({ info: summary, boxes, samples, warnings, errors }, (key, value) => plain(value)));
