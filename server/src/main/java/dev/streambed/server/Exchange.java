package dev.streambed.server;

import dev.streambed.server.dialect.Dialect;
import dev.streambed.server.dialect.RequestException;
import dev.streambed.server.dialect.RequestException.Kind;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** A request and its one answer: the first that is given. Thread-safe. */
final class Exchange {
  private static final String JSON = "application/json";
  private static final String RETRY_SECONDS = "1";

  private final Request request;
  private final Response response;
  private final Callback callback;
  private final Dialect dialect;
  private final AtomicBoolean answered = new AtomicBoolean();
  private volatile @Nullable RequestException failure;

  Exchange(Request request, Response response, Callback callback, Dialect dialect) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.dialect = dialect;
  }

  Request request() {
    return request;
  }

  Dialect dialect() {
    return dialect;
  }

  /** Headers of the answer; to be set before it is given. */
  HttpFields.Mutable headers() {
    return response.getHeaders();
  }

  void answerJson(byte[] body) {
    answer(JSON, body);
  }

  /** Answers with status 200. */
  void answer(String type, byte[] body) {
    if (answered.compareAndSet(false, true)) {
      write(200, type, body);
    }
  }

  /** The error that it was answered with; null if there was none. */
  @Nullable RequestException failure() {
    return failure;
  }

  void fail(RequestException reason) {
    if (!answered.compareAndSet(false, true)) {
      return;
    }
    this.failure = reason;
    if (reason.kind() == Kind.BAD_KEY) {
      headers().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
    }
    if (reason.kind() == Kind.BUSY || reason.kind() == Kind.UNAVAILABLE) {
      headers().put(HttpHeader.RETRY_AFTER, RETRY_SECONDS);
    }
    write(dialect.status(reason), JSON, dialect.write(reason));
  }

  /** Closes the connection without an answer. */
  void abort(String reason) {
    if (answered.compareAndSet(false, true)) {
      callback.failed(new EofException(reason));
    }
  }

  boolean isAnswered() {
    return answered.get();
  }

  private void write(int status, String type, byte[] body) {
    response.setStatus(status);
    headers().put(HttpHeader.CONTENT_TYPE, type);
    headers().put(HttpHeader.CONTENT_LENGTH, body.length);
    response.write(/* last= */ true, ByteBuffer.wrap(body), callback);
  }
}
