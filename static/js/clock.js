// The server's clock, and how durations are written.

// The difference to ours, from the moment the page was made: a viewer's clock may be wrong by minutes.
const skew = Date.parse(document.body.dataset.now) - Date.now();
const SKEW_WORTH_MINDING_MS = 3_000;

/** The server's clock, in milliseconds. */
export const now = () => Date.now() + (Math.abs(skew) > SKEW_WORTH_MINDING_MS ? skew : 0);

/** Milliseconds as m:ss, or h:mm:ss from an hour on. */
export function clock(ms) {
  const seconds = Math.max(Math.floor(ms / 1000), 0);
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
