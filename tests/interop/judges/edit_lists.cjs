// node edit_lists.cjs FILE...: headers and edit lists of all tracks of each file as MP4Box.js reads them, as one JSON object.
"use strict";
const fs = require("fs");
for (const level of ["log", "info", "warn", "error", "debug"]) console[level] = () => {};
const MP4Box = require("mp4box");

function tracksOf(path) {
  const bytes = fs.readFileSync(path);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  buffer.fileStart = 0;
  const file = MP4Box.createFile();
  try {
    file.appendBuffer(buffer);
    file.flush();
  } catch (error) {
    // It builds tables of samples at once, and fails over damaged ones; the boxes are read by then.
  }
  const found = {};
  for (const trak of file.moov ? file.moov.traks || [] : []) {
    const edits = trak.edts && trak.edts.elst ? trak.edts.elst.entries : [];
    found[trak.tkhd.track_id] = {
      enabled: Boolean(trak.tkhd.flags & 1),
      layer: trak.tkhd.layer,
      "alternate group": trak.tkhd.alternate_group,
      "time scale": trak.mdia.mdhd.timescale,
      handler: trak.mdia.hdlr.handler,
      edits: edits.map((edit) => [edit.segment_duration, edit.media_time, edit.media_rate_integer]),
    };
  }
  return found;
}

const all = {};
for (const path of process.argv.slice(2)) all[path] = tracksOf(path);
process.stdout.write(JSON.stringify(all));
