/** A request that had no answer, or one with errors. `code` is stable; `facts` are the error's extensions. */
export class ApiFailure extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{status?: number, facts?: Record<string, any>, retryAfter?: number, data?: any}} [more]
   */
  constructor(code, message, more = {}) {
    super(message);
    this.code = code;
    this.status = more.status ?? 0;
    this.facts = more.facts ?? {};
    this.retryAfter = more.retryAfter ?? 0;
    this.data = more.data ?? null;
  }
}

/**
 * Return what a person should read about a failure: a heading, and the message of the service.
 * @param {unknown} error
 * @returns {{title: string, text: string}}
 */
export function explained(error) {
  if (!(error instanceof ApiFailure)) return { title: "The console failed", text: String(error) };
  return { title: TITLES[error.code] ?? "The request was refused", text: TEXTS[error.code] ?? error.message };
}

/** What a person reads in the place of a message for programs. @type {Record<string, string>} */
const TEXTS = {
  UNAUTHENTICATED: "None was given, or the service does not know it, perhaps not any more.",
};

/** @type {Record<string, string>} */
const TITLES = {
  UNREACHABLE: "The server cannot be reached",
  NO_ANSWER_IN_TIME: "The server did not respond in time",
  UNAUTHENTICATED: "An API key is needed",
  TOO_MANY_REQUESTS: "Too many requests",
  NOT_FOUND: "It does not exist",
  VERSION_LOCKING_ERROR: "Somebody was faster",
  API_ERROR: "The service has a problem now",
  INTERNAL_ERROR: "The service has a fault",
  UNREADABLE: "The response cannot be read",
};
