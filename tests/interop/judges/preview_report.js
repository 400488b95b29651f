"use strict";
// Added to the page of the preview server: posts what the page shows when the stream has been played to its end, with the states
// it went through.
{
  const states = [];
  const text = (id) => document.getElementById(id).textContent;
  const film = document.getElementById("video");
  const started = performance.now();
  const waiting = setInterval(() => {
    const state = text("state");
    if (states[states.length - 1] !== state) states.push(state);
    const late = performance.now() - started > 25000;
    if (!film.ended && !late) return;
    clearInterval(waiting);
    const quality = film.getVideoPlaybackQuality();
    const answer = {
      why: film.ended ? "ended" : "time", errors: [], states, currentTime: film.currentTime, frames: quality.totalVideoFrames,
      shown: Object.fromEntries(["size", "rate", "latency", "clock", "dropped"].map((id) => [id, text(id)])),
      levels: [...document.getElementById("levels").options].map((option) => option.text),
      error: film.error && { code: film.error.code, message: film.error.message },
    };
    fetch("/report", { method: "POST", body: JSON.stringify(answer) });
  }, 50);
}
