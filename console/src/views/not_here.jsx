import { href } from "../app/route.js";

/** What an address shows that names no view. */
export function NotHere() {
  return (
    <>
      <h1>There is nothing here</h1>
      <p>
        The address names no view. <a href={href("")}>Begin at the start</a>.
      </p>
    </>
  );
}
