// A duel and the visitor's photo: with another photo it is over; the favourites of a link are painted of the new one.
window.stylize.duelOfNewPhoto = (state) => {
  const { podium } = JSON.parse(state || '{"podium": []}');
  return podium.length ? window.stylize.duelAgain(state) : "";
};
// The same once more: what has changed is asked for.
window.stylize.duelAgain = (state) => (state ? JSON.stringify({ ...JSON.parse(state), asked: performance.now() }) : state);
