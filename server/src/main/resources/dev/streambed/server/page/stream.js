// The connection that brings what changes, one JSON object per line. A lost connection is made again, after 1, 2, 4, 8, 15, 15 … seconds.

import { request } from "./api.js";

const WAITS_SECONDS = [1, 2, 4, 8, 15];
const LONGEST_SILENCE_MILLIS = 30_000; // the server sends something every 10 s

/**
 * Follows the stream until the page ends. The listener has opened(), received(message), lost(error, seconds) and refused(error); after refused, call
 * retry().
 */
export class Stream {
  #listener;
  #failures = 0;
  #timer;
  #connection;

  constructor(listener) {
    this.#listener = listener;
  }

  /** Connects now, whatever the connection was doing. */
  retry() {
    clearTimeout(this.#timer);
    this.#connection?.abort();
    this.#connection = new AbortController();
    this.#follow(this.#connection);
  }

  /** Ends the connection until retry(). A page that the browser keeps for its back button would hold one of the few that a host gets. */
  pause() {
    clearTimeout(this.#timer);
    const connection = this.#connection;
    this.#connection = null;
    connection?.abort();
  }

  async #follow(connection) {
    let watch;
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => connection.abort(), LONGEST_SILENCE_MILLIS);
    };
    let error = new Error("The server ended the stream.");
    try {
      alive();
      const answer = await request("stream", { signal: connection.signal });
      this.#listener.opened();
      await this.#read(answer.body, alive);
    } catch (cause) {
      error = cause;
    } finally {
      clearTimeout(watch);
    }
    if (connection === this.#connection) {
      this.#failed(error);
    }
  }

  async #read(body, alive) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let pieces = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      alive();
      const lines = value.split("\n");
      for (const end of lines.slice(0, -1)) {
        const line = pieces.join("") + end;
        pieces = [];
        if (line.trim() !== "") {
          const message = JSON.parse(line);
          this.#failures = message.type === "failed" ? this.#failures : 0;
          this.#listener.received(message);
        }
      }
      pieces.push(lines.at(-1));
    }
  }

  #failed(error) {
    if (error.status === 401) {
      this.#listener.refused(error);
      return;
    }
    const seconds = WAITS_SECONDS[Math.min(this.#failures, WAITS_SECONDS.length - 1)];
    this.#failures++;
    this.#timer = setTimeout(() => this.retry(), seconds * 1000);
    this.#listener.lost(error, seconds);
  }
}
