package dev.streambed.server;

import dev.streambed.server.dialect.RequestException;
import dev.streambed.server.dialect.RequestException.Kind;
import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * Reads the body of one request into memory, without a thread that waits for it. Its own {@link
 * Request} calls it, one call at a time.
 */
final class BodyReader implements Runnable {
  private final Exchange exchange;
  private final int maxBytes;
  private final Admission admission;
  private final Consumer<byte[]> whenRead;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();

  /**
   * Reads a body.
   *
   * @param whenRead called with the body, or never
   */
  BodyReader(Exchange exchange, int maxBytes, Admission admission, Consumer<byte[]> whenRead) {
    this.exchange = exchange;
    this.maxBytes = maxBytes;
    this.admission = admission;
    this.whenRead = whenRead;
  }

  /** Begins, or answers with an error if the head says that the body is too long. */
  void start() {
    // Given back when the request is complete, as texts are as long as the body.
    Request.addCompletionListener(
        exchange.request(), failure -> admission.releaseBuffer(body.size()));
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
        whenRead.accept(body.toByteArray());
        return;
      }
    }
  }

  private boolean keep(Content.Chunk chunk) {
    int bytes = chunk.remaining();
    if (body.size() + (long) bytes > maxBytes) {
      refuseAsTooLarge();
      return false;
    }
    if (!admission.tryBuffer(bytes)) {
      exchange.fail(RequestHandler.busy());
      return false;
    }
    byte[] part = new byte[bytes];
    chunk.getByteBuffer().get(part);
    body.writeBytes(part);
    return true;
  }

  private void refuseAsTooLarge() {
    exchange.headers().put(HttpHeader.CONNECTION, "close");
    exchange.fail(
        new RequestException(
            Kind.TOO_LARGE,
            "The body has more than %,d bytes: send less in a request.".formatted(maxBytes)));
  }
}
