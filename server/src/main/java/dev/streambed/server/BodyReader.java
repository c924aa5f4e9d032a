package dev.streambed.server;

import dev.streambed.server.dialect.RequestException;
import dev.streambed.server.dialect.RequestException.Kind;
import java.util.Arrays;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * Reads the body of one request into memory, without a thread that waits for it. Its own {@link
 * Request} calls it, one call at a time.
 */
final class BodyReader implements Runnable {
  private static final byte[] NOTHING = {};
  private static final int FIRST_BYTES = 1 << 10;

  private final Exchange exchange;
  private final int maxBytes;
  private final Admission.Share share;
  private final Consumer<byte[]> whenRead;
  private byte[] body = NOTHING;
  private int size;

  /**
   * Reads a body.
   *
   * @param share which has its bytes until the request is complete, as texts are as long
   * @param whenRead called with the body, or never
   */
  BodyReader(Exchange exchange, int maxBytes, Admission.Share share, Consumer<byte[]> whenRead) {
    this.exchange = exchange;
    this.maxBytes = maxBytes;
    this.share = share;
    this.whenRead = whenRead;
  }

  /** Begins, or answers with an error if the head says that the body is too long. */
  void start() {
    if (exchange.request().getHeaders().getLongField(HttpHeader.CONTENT_LENGTH) > maxBytes) {
      refuseAsTooLarge();
      return;
    }
    run();
  }

  @Override
  public void run() {
    while (!exchange.isAnswered()) {
      Content.Chunk chunk = exchange.request().read();
      if (chunk == null) {
        exchange.request().demand(this);
        return;
      }
      if (Content.Chunk.isFailure(chunk)) {
        exchange.abort("The client sent no whole body.");
        return;
      }
      boolean kept = keep(chunk);
      boolean isLast = chunk.isLast();
      chunk.release();
      if (!kept) {
        return;
      }
      if (isLast) {
        whenRead.accept(taken());
        return;
      }
    }
  }

  /** The body, which this forgets. */
  private byte[] taken() {
    byte[] all = body.length == size ? body : Arrays.copyOf(body, size);
    body = NOTHING;
    return all;
  }

  private boolean keep(Content.Chunk chunk) {
    int bytes = chunk.remaining();
    if (size + (long) bytes > maxBytes) {
      refuseAsTooLarge();
      return false;
    }
    if (!share.tryBuffer(bytes)) {
      exchange.fail(EmbedHandler.busy());
      return false;
    }
    if (body.length - size < bytes) {
      long doubled = Math.max(FIRST_BYTES, 2L * body.length);
      body = Arrays.copyOf(body, (int) Math.min(maxBytes, Math.max(size + (long) bytes, doubled)));
    }
    chunk.getByteBuffer().get(body, size, bytes);
    size += bytes;
    return true;
  }

  private void refuseAsTooLarge() {
    exchange.closeAfterwards();
    exchange.fail(
        new RequestException(
            Kind.TOO_LARGE,
            "The body has more than %,d bytes: send less in a request.".formatted(maxBytes)));
  }
}
