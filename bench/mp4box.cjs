// node mp4box.cjs open|tables FILE: the tracks, or all samples, of a movie by GPAC's MP4Box.js, and the seconds it took.
// The clock runs from opening the file on; starting node and loading the module are not in it. Media data is not read
// where the library says that it need not be.
"use strict";
const fs = require("fs");
const MP4Box = require("mp4box");
MP4Box.Log.setLogLevel(0);

const [mode, path] = process.argv.slice(2);
const began = performance.now();
const file = MP4Box.createFile();
let info = null;
file.onReady = (ready) => { info = ready; };
const handle = fs.openSync(path, "r");
const size = fs.fstatSync(handle).size;
const CHUNK = 1 << 20;
for (let place = 0; place < size && !(mode === "open" && info); ) {
  const chunk = new Uint8Array(Math.min(CHUNK, size - place));
  fs.readSync(handle, chunk, 0, chunk.length, place);
  chunk.buffer.fileStart = place;
  const next = file.appendBuffer(chunk.buffer);
  place = next > place ? next : place + chunk.length;
}
file.flush();
const tracks = info.tracks.map((track) => ({ codec: track.codec, width: track.video ? track.video.width : 0,
  height: track.video ? track.video.height : 0, rate: track.audio ? track.audio.sample_rate : 0,
  seconds: (track.movie_duration || info.duration) / info.timescale, samples: track.nb_samples }));
const lists = mode === "tables" ? info.tracks.map((track) => file.getTrackSamplesInfo(track.id)) : [];
const seconds = (performance.now() - began) / 1000;
const sums = lists.map((list) => {
  const found = { samples: list.length, offsets: 0, sizes: 0, composition: 0, sync: 0 };
  for (const sample of list) {
    found.offsets += sample.offset;
    found.sizes += sample.size;
    found.composition += sample.cts - sample.dts;
    found.sync += sample.is_sync ? 1 : 0;
  }
  return found;
});
process.stdout.write(JSON.stringify({ seconds, tracks, sums }));
