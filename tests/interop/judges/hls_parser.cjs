// node hls_parser.cjs FILE...: each playlist as hls-parser reads it in strict mode, as one JSON object.
"use strict";
const fs = require("fs");
const warnings = [];
for (const level of ["log", "info", "warn", "error", "debug"]) console[level] = (...words) => warnings.push(words.join(" "));
const HLS = require("hls-parser");
HLS.setOptions({ strictMode: true });

function read(path) {
  warnings.length = 0;
  try {
    const playlist = HLS.parse(fs.readFileSync(path, "utf8"));
    return { errors: [...warnings], playlist };
  } catch (error) {
    return { errors: [...warnings, error.message], playlist: null };
  }
}

const all = {};
for (const path of process.argv.slice(2)) all[path] = read(path);
process.stdout.write(JSON.stringify(all, (key, value) => (key === "source" ? undefined : value)));
