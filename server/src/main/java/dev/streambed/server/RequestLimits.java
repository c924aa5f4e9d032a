package dev.streambed.server;

import dev.streambed.embedder.Range;
import dev.streambed.embedder.Requirements;
import java.time.Duration;
import org.apiguardian.api.API;

/**
 * How much a {@link EmbeddingServer} takes on; what is beyond it is refused at once.
 *
 * @param maxInputs most inputs of a request
 * @param maxBodyBytes longest body of a request
 * @param maxWaiting most inputs that were accepted and not answered, of all requests; one request
 *     more gets status 429. A quarter of them is for queries alone
 * @param maxConnections most connections; further ones wait to be accepted
 * @param timeout how long a request may take, from its head to its vectors, and then once more
 *     until the client has read them
 */
@API(status = API.Status.INTERNAL)
public record RequestLimits(
    int maxInputs, int maxBodyBytes, int maxWaiting, int maxConnections, Duration timeout) {
  public static final Range<Integer> MAX_INPUTS = Range.between(1, 100_000);
  public static final Range<Integer> MAX_BODY_BYTES = Range.between(1024, 1 << 30);
  public static final Range<Integer> MAX_WAITING = Range.between(4, 1_000_000);
  public static final Range<Integer> MAX_CONNECTIONS = Range.between(1, 100_000);

  /** 2048 inputs are OpenAI's limit; 8192 texts of 100 tokens are three minutes for two cores. */
  public static final RequestLimits DEFAULT =
      new RequestLimits(2048, 8 << 20, 8192, 1024, Duration.ofSeconds(60));

  public RequestLimits {
    MAX_INPUTS.require("maxInputs", maxInputs);
    MAX_BODY_BYTES.require("maxBodyBytes", maxBodyBytes);
    MAX_WAITING.require("maxWaiting", maxWaiting);
    MAX_CONNECTIONS.require("maxConnections", maxConnections);
    boolean isPositive = !timeout.isNegative() && !timeout.isZero();
    Requirements.check(isPositive, "timeout", timeout, "more than 0 s");
    if (maxInputs > documents(maxWaiting)) {
      throw new IllegalArgumentException(
          "Invalid value %d for maxInputs: must be at most %d, three quarters of maxWaiting %d."
              .formatted(maxInputs, documents(maxWaiting), maxWaiting));
    }
  }

  /** Most inputs of requests that are no queries. */
  int maxWaitingDocuments() {
    return documents(maxWaiting);
  }

  /** Most memory for bodies that are read and texts that wait, in bytes. */
  long maxBufferedBytes() {
    return 8L * maxBodyBytes;
  }

  private static int documents(int waiting) {
    return waiting - waiting / 4;
  }
}
