import { addCost } from "./cost.js";
import { ApiFailure } from "./failure.js";
import { apiKey, keyWanted } from "./key.js";

// Relative, so that it holds behind any stage and prefix: the page is at …/ui/.
const ADDRESS = "../graphql";
const SECONDS = 40;
const STATUS_CODES = /** @type {Record<number, string>} */ ({
  401: "UNAUTHENTICATED",
  403: "UNAUTHENTICATED",
  429: "TOO_MANY_REQUESTS",
  502: "API_ERROR",
  503: "API_ERROR",
  504: "NO_ANSWER_IN_TIME",
});

/**
 * Send a document and return its data. Throws ApiFailure if there is any error.
 * @param {string} query
 * @param {Record<string, unknown>} [variables]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function ask(query, variables = {}, signal) {
  const response = await sent(JSON.stringify({ query, variables }), signal);
  const body = await read(response);
  addCost(body?.extensions?.cost);
  const [error] = body?.errors ?? [];
  if (response.ok && !error && body?.data) return body.data;
  throw refused(response, error, body?.data);
}

/**
 * @param {string} body
 * @param {AbortSignal} [signal]
 */
async function sent(body, signal) {
  /** @type {Record<string, string>} */
  const headers = {
    accept: "application/graphql-response+json, application/json",
    "content-type": "application/json",
    "x-flow-runs-cost": "1",
  };
  if (apiKey.value) headers.authorization = `Bearer ${apiKey.value}`;
  const timeout = AbortSignal.timeout(SECONDS * 1000);
  try {
    const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
    return await fetch(ADDRESS, { method: "POST", headers, body, signal: either, cache: "no-store" });
  } catch (error) {
    if (signal?.aborted) throw error;
    if (timeout.aborted)
      throw new ApiFailure("NO_ANSWER_IN_TIME", `There was no response within ${SECONDS} seconds.`);
    throw new ApiFailure(
      "UNREACHABLE",
      "The server does not respond. It may be stopped, or the network is down.",
    );
  }
}

/** @param {Response} response */
async function read(response) {
  try {
    return await response.json();
  } catch {
    if (!response.ok) return null;
    throw new ApiFailure(
      "UNREADABLE",
      "The response is no JSON. Something between here and the service changed it.",
    );
  }
}

/**
 * @param {Response} response
 * @param {any} error
 * @param {any} data
 */
function refused(response, error, data) {
  const code = error?.extensions?.code ?? STATUS_CODES[response.status] ?? "API_ERROR";
  const message = error?.message ?? messageOf(response.status);
  if (code === "UNAUTHENTICATED") {
    keyWanted.value = apiKey.value ? "This key is not accepted." : "This service asks for an API key.";
  }
  return new ApiFailure(code, message, {
    status: response.status,
    facts: error?.extensions,
    retryAfter: Number(response.headers.get("retry-after")) || 0,
    data,
  });
}

/** @param {number} status */
function messageOf(status) {
  if (status === 429)
    return "The service takes no more requests at the moment. The page tries again by itself.";
  return `The service responded with status ${status}, without a reason.`;
}
