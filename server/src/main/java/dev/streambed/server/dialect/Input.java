package dev.streambed.server.dialect;

import org.apiguardian.api.API;

/** One of the inputs of a request, which gets one vector. */
@API(status = API.Status.INTERNAL)
public sealed interface Input {
  /** A text, which gets the prompt of the request. */
  record Text(String text) implements Input {}

  /**
   * Token ids, special tokens included, which are embedded as they are.
   *
   * @param decimals with a blank between two: shorter than as numbers
   */
  record Ids(String decimals) implements Input {}
}
