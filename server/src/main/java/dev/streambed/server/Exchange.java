package dev.streambed.server;

import dev.streambed.server.dialect.Dialect;
import dev.streambed.server.dialect.RequestException;
import dev.streambed.server.dialect.RequestException.Kind;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A request and its one answer: the first that is given. Thread-safe. */
final class Exchange {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  private static final String JSON = "application/json";
  private static final String RETRY_SECONDS = "1";

  private final Request request;
  private final Response response;
  private final Callback callback;
  private final Dialect dialect;
  private final Duration readingLimit;
  private final AtomicBoolean answered = new AtomicBoolean();
  private volatile @Nullable RequestException failure;

  /** Answers a request, and completes it. */
  interface Taker {
    void take(Request request, Response response, Callback callback);
  }

  /**
   * An exchange without an answer.
   *
   * @param readingLimit how long the client may take to read the answer
   */
  Exchange(
      Request request,
      Response response,
      Callback callback,
      Dialect dialect,
      Duration readingLimit) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.dialect = dialect;
    this.readingLimit = readingLimit;
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

  /** The connection ends with the answer; to be called before it is given. */
  void closeAfterwards() {
    headers().put(HttpHeader.CONNECTION, "close");
  }

  /** Refuses other methods. */
  void allowOnly(String method) {
    if (!request.getMethod().equals(method) && !(reads() && method.equals("GET"))) {
      headers().put(HttpHeader.ALLOW, method);
      closeUnlessRead();
      throw new RequestException(Kind.WRONG_METHOD, "Only %s is possible here.".formatted(method));
    }
  }

  /** Whether it is one of the methods that change nothing. */
  boolean reads() {
    return request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
  }

  /** A long body that nobody reads ends with its connection. */
  void closeUnlessRead() {
    HttpFields fields = request.getHeaders();
    if (fields.contains(HttpHeader.TRANSFER_ENCODING)
        || fields.getLongField(HttpHeader.CONTENT_LENGTH) > 0) {
      closeAfterwards();
    }
  }

  void answerJson(byte[] body) {
    answer(JSON, body);
  }

  /** Answers with status 200. */
  void answer(String type, byte[] body) {
    answer(200, type, body);
  }

  /**
   * Answers.
   *
   * @param type null without a body
   */
  void answer(int status, @Nullable String type, byte[] body) {
    if (answered.compareAndSet(false, true)) {
      write(status, type, body);
    }
  }

  /** Lets another one answer, at its own pace. */
  void handOver(Taker taker) {
    if (answered.compareAndSet(false, true)) {
      taker.take(request, response, callback);
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
    if (reason.kind() == Kind.FAILED) { // no message has a text in it
      LOG.error("A request failed.", reason);
    }
    write(dialect.status(reason), JSON, dialect.write(reason));
  }

  /** Closes the connection without an answer. */
  void abort(String reason) {
    if (answered.compareAndSet(false, true)) {
      callback.failed(new EofException(reason));
    }
  }

  /** Closes the connection at once, whatever is being read or written. */
  void cutOff(String reason) {
    request
        .getConnectionMetaData()
        .getConnection()
        .getEndPoint()
        .close(new TimeoutException(reason));
  }

  boolean isAnswered() {
    return answered.get();
  }

  private void write(int status, @Nullable String type, byte[] body) {
    Scheduler.Task limit;
    try {
      limit =
          request
              .getComponents()
              .getScheduler()
              .schedule(
                  () -> cutOff("The client takes too long to read an answer."),
                  readingLimit.toMillis(),
                  TimeUnit.MILLISECONDS);
    } catch (IllegalStateException e) {
      return; // the request has ended, with its connection: nobody reads
    }
    try {
      RequestException reason = failure;
      if (reason != null && reason.kind() == Kind.BAD_KEY) {
        headers().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
      }
      if (reason != null && (reason.kind() == Kind.BUSY || reason.kind() == Kind.UNAVAILABLE)) {
        headers().put(HttpHeader.RETRY_AFTER, RETRY_SECONDS);
      }
      response.setStatus(status);
      if (type != null) {
        headers().put(HttpHeader.CONTENT_TYPE, type);
      }
      if (status != 304) { // whose body would have another length
        headers().put(HttpHeader.CONTENT_LENGTH, body.length);
      }
      response.write(
          /* last= */ true, ByteBuffer.wrap(body), Callback.from(limit::cancel, callback));
    } catch (IllegalStateException e) { // as above
      limit.cancel();
    }
  }
}
