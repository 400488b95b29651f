// node mediabunny.mjs FILE: tracks, packets and tags as Mediabunny's demuxer sees them, as one JSON object.
import fs from "fs";
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from "mediabunny";

const errors = [];
async function attempt(what, question) {
  try {
    return await question();
  } catch (error) {
    errors.push(`${what}: ${error.message}`);
    return null;
  }
}

async function packetsOf(track) {
  const packets = [];
  for await (const packet of new EncodedPacketSink(track).packets()) {
    packets.push({ time: packet.timestamp, duration: packet.duration, key: packet.type === "key", size: packet.byteLength });
  }
  return packets;
}

async function describe(track) {
  const about = (what, question) => attempt(`track ${track.id}, ${what}`, question);
  return {
    id: track.id,
    type: track.type,
    codec: await about("codec", () => track.codec),
    codec_string: await about("codec string", () => track.getCodecParameterString()),
    language: track.languageCode,
    name: track.name,
    disposition: track.disposition,
    rotation: track.rotation,
    coded_size: track.codedWidth && [track.codedWidth, track.codedHeight],
    display_size: track.displayWidth && [track.displayWidth, track.displayHeight],
    color: track.getColorSpace ? await about("colour", () => track.getColorSpace()) : null,
    channels: track.numberOfChannels,
    rate: track.sampleRate,
    time_resolution: track.timeResolution,
    first: await about("first time", () => track.getFirstTimestamp()),
    duration: await about("duration", () => track.computeDuration()),
    packets: await about("packets", () => packetsOf(track)),
  };
}

const bytes = fs.readFileSync(process.argv[2]);
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(buffer) });
const format = await attempt("format", async () => (await input.getFormat()).name);
const result = { format, duration: null, mime: null, tracks: [], tags: null, errors };
if (format) {
  result.duration = await attempt("duration", () => input.computeDuration());
  result.mime = await attempt("mime type", () => input.getMimeType());
  for (const track of (await attempt("tracks", () => input.getTracks())) || []) {
    const found = await describe(track);
    result.tracks.push(found);
    // It stops without a word at the first packet that lies beyond the end of the file.
    const end = Math.max(...(found.packets || []).map((packet) => packet.time + packet.duration), 0);
    if (end < found.duration - 0.001) errors.push(`track ${track.id}: packets end at ${end} s of ${found.duration} s`);
  }
  result.tags = await attempt("tags", () => input.getMetadataTags());
  if (!result.tracks.length) errors.push("no tracks were found");
}
process.stdout.write(JSON.stringify(result, (key, value) => (value instanceof Uint8Array ? `<${value.length} bytes>` : value)));
