"use strict";
// Plays the stream or film that /stream.json names, as soon as there is one, and shows what is known about it twice a second.
const byId = (id) => document.getElementById(id);
const video = byId("video");
const levels = byId("levels");
const recent = []; // [bytes, seconds of media] of the last pieces of pictures
let hls = null;

const say = (words) => { byId("state").textContent = words; };
const seconds = (value) => (Number.isFinite(value) ? `${value.toFixed(1)} s` : "–");
const megabits = (value) => (value > 0 ? `${(value / 1e6).toFixed(2)} Mbit/s` : "–");

async function find() {
  try {
    const answer = await fetch("/stream.json");
    return await answer.json();
  } catch (error) {
    return {};
  }
}

async function begin() {
  const { playlist, film } = await find();
  if (playlist) play(playlist);
  else if (film) playWhole(film);
  else setTimeout(begin, 500);
}

function again(why) {
  say(why);
  hls.destroy();
  hls = null;
  setTimeout(begin, 1000);
}

function playWhole(film) {
  video.src = film;
  say("complete");
  video.play().catch(() => say("press play"));
}

function play(playlist) {
  if (!Hls.isSupported()) {
    video.src = playlist; // Safari on a telephone plays it by itself
    return;
  }
  hls = new Hls({ lowLatencyMode: true, liveDurationInfinity: false });
  hls.on(Hls.Events.ERROR, (_, data) => {
    if (!data.fatal) return;
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
    else again(`waiting: ${data.details}`);
  });
  hls.on(Hls.Events.MANIFEST_PARSED, (_, data) => {
    levels.replaceChildren(new Option("automatic", -1), ...data.levels.map((level, index) => new Option(name(level), index)));
    video.play().catch(() => say("press play"));
  });
  hls.on(Hls.Events.FRAG_BUFFERED, (_, data) => {
    const piece = data.part || data.frag;
    if (data.frag.type !== "main" || data.frag.sn === "initSegment") return;
    recent.push([piece.stats.loaded, piece.duration]);
    if (recent.length > 5) recent.shift();
  });
  hls.loadSource(playlist);
  hls.attachMedia(video);
}

const name = (level) => `${level.height ? `${level.height}p` : "sound"}, ${megabits(level.bitrate)}`;

const details = () => hls && hls.levels && hls.levels[Math.max(0, hls.currentLevel)] && hls.levels[Math.max(0, hls.currentLevel)].details;

function show() {
  const known = details();
  if (!known) return;
  const [bytes, length] = recent.reduce((sum, each) => [sum[0] + each[0], sum[1] + each[1]], [0, 0]);
  const quality = video.getVideoPlaybackQuality();
  byId("size").textContent = video.videoWidth ? `${video.videoWidth} × ${video.videoHeight}` : "–";
  byId("rate").textContent = megabits(length ? (bytes * 8) / length : 0);
  byId("latency").textContent = known.live ? seconds(known.edge - video.currentTime) : "–";
  byId("clock").textContent = known.live && hls.playingDate ? seconds((Date.now() - hls.playingDate) / 1000) : "–";
  byId("dropped").textContent = `${quality.droppedVideoFrames} of ${quality.totalVideoFrames}`;
  say(video.ended ? "ended" : known.live ? "being made" : "complete");
}

byId("start").addEventListener("click", () => { video.currentTime = video.seekable.length ? video.seekable.start(0) : 0; video.play(); });
byId("latest").addEventListener("click", () => {
  if (!hls || !details()) return;
  video.currentTime = Number.isFinite(hls.liveSyncPosition) ? hls.liveSyncPosition : video.duration;
  video.play();
});
levels.addEventListener("change", () => { if (hls) hls.currentLevel = Number(levels.value); });
setInterval(show, 500);
begin();
