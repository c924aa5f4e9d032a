// Talks to the server that the page came from, with the API key if it asks for one. The key stays in this tab.

const KEY = "streambed.key";

/** An answer that is not what was asked for. 0 stands for no answer at all. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Keeps the key for later requests of this tab. */
export function useKey(key) {
  sessionStorage.setItem(KEY, key);
}

/** True if a key was given before. */
export function hasKey() {
  return sessionStorage.getItem(KEY) !== null;
}

/** The answer with status 200. */
export async function request(path, { body, signal } = {}) {
  const headers = {};
  const key = sessionStorage.getItem(KEY);
  if (key !== null) {
    headers.Authorization = `Bearer ${key}`;
  }
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    const method = body === undefined ? "GET" : "POST";
    answer = await fetch(`api/${path}`, { method, headers, signal, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (cause) {
    if (signal?.aborted) {
      throw cause;
    }
    throw new ApiError(0, "The server does not answer.");
  }
  if (!answer.ok) {
    throw new ApiError(answer.status, await reason(answer));
  }
  return answer;
}

/** The answer, read as JSON. */
export async function requestJson(path, options) {
  return (await request(path, options)).json();
}

async function reason(answer) {
  try {
    const error = (await answer.json()).error;
    return String(error?.message ?? error);
  } catch {
    return `The server answered with status ${answer.status}.`;
  }
}
