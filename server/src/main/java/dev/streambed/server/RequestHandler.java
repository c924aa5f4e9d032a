package dev.streambed.server;

import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.batch.Lane;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.server.dialect.Dialect;
import dev.streambed.server.dialect.EmbedRequest;
import dev.streambed.server.dialect.RequestException;
import dev.streambed.server.dialect.RequestException.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/** Finds what a request is for, and whether it may. Thread-safe; no call of it waits. */
final class RequestHandler extends Handler.Abstract.NonBlocking {
  private static final String LANE = "x-streambed-lane";
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8"; // Prometheus

  private final Parts parts;
  private final Pages pages;
  private final AtomicInteger underWay = new AtomicInteger();
  private volatile boolean draining;

  /**
   * The parts that it works with.
   *
   * @param broken called if the model turns out not to work any more
   */
  record Parts(
      ServedModel model,
      MicroBatcher batcher,
      ServerOptions options,
      Connections connections,
      Consumer<InferenceException> broken) {}

  /** Those that watch over connections, and count. */
  record Connections(
      HangUpWatch hangUps, ConnectionGuard guard, Admission admission, ServerMetrics metrics) {}

  RequestHandler(Parts parts) {
    this.parts = parts;
    this.pages = new Pages(parts.model, parts.options);
  }

  /** From now on, no request begins. */
  void drain() {
    draining = true;
  }

  /** Requests that are not answered. */
  int underWay() {
    return underWay.get();
  }

  static RequestException busy() {
    return new RequestException(
        Kind.BUSY, "The server has as much work as it takes on: try again, or send fewer at once.");
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    parts.connections.guard.begins(request);
    String path = Request.getPathInContext(request);
    Exchange exchange = new Exchange(request, response, callback, dialect(path));
    try {
      route(exchange, path);
    } catch (RequestException e) {
      exchange.fail(e);
    }
    return true;
  }

  static Dialect dialect(@Nullable String path) {
    return path != null && path.startsWith("/v1/") ? Dialect.OPENAI : Dialect.TEI;
  }

  private void route(Exchange exchange, String path) {
    if (path.equals("/health") || path.equals("/ping") || path.equals("/")) {
      allowOnly(exchange, "GET");
      checkNotDraining(exchange);
      exchange.answer("text/plain", new byte[0]);
      return;
    }
    if (!parts
        .options
        .keys()
        .allow(exchange.request().getHeaders().get(HttpHeader.AUTHORIZATION))) {
      closeUnlessRead(exchange);
      throw new RequestException(Kind.BAD_KEY, "The API key is missing or wrong.");
    }
    switch (path) {
      case "/v1/embeddings", "/embed" -> embed(exchange);
      case "/v1/models" -> {
        allowOnly(exchange, "GET");
        exchange.answerJson(pages.models());
      }
      case "/info" -> {
        allowOnly(exchange, "GET");
        exchange.answerJson(pages.info());
      }
      case "/metrics" -> {
        allowOnly(exchange, "GET");
        String metrics = parts.connections.metrics.write(parts.connections.admission::waiting);
        exchange.answer(TEXT, metrics.getBytes(StandardCharsets.UTF_8));
      }
      default -> {
        closeUnlessRead(exchange);
        throw new RequestException(
            Kind.NO_SUCH_PATH,
            "There are /v1/embeddings, /v1/models, /embed, /info, /health and /metrics here.");
      }
    }
  }

  private void embed(Exchange exchange) {
    count(exchange);
    allowOnly(exchange, "POST");
    checkNotDraining(exchange);
    checkIsJson(exchange);
    Request request = exchange.request();
    request.addIdleTimeoutListener(timeout -> false); // while it waits for the model
    var bodyWasRead = new AtomicBoolean();
    Scheduler.Task deadline =
        request
            .getComponents()
            .getScheduler()
            .schedule(
                () -> endLate(exchange, bodyWasRead.get()),
                parts.options.limits().timeout().toMillis(),
                TimeUnit.MILLISECONDS);
    Request.addCompletionListener(request, failure -> deadline.cancel());
    int maxBytes = parts.options.limits().maxBodyBytes();
    new BodyReader(
            exchange,
            maxBytes,
            parts.connections.admission,
            body -> {
              bodyWasRead.set(true);
              embed(exchange, body);
            })
        .start();
  }

  private void embed(Exchange exchange, byte[] body) {
    try {
      EmbedRequest what = exchange.dialect().parse(body, parts.options.limits().maxInputs());
      var call = new EmbedCall(exchange, what, parts.model, parts.connections.metrics);
      int inputs = what.inputs().size();
      Lane lane = lane(exchange.request().getHeaders(), inputs);
      Admission admission = parts.connections.admission;
      if (!admission.tryAccept(inputs, lane)) {
        throw busy();
      }
      Request.addCompletionListener(exchange.request(), failure -> admission.release(inputs));
      EndPoint endPoint = exchange.request().getConnectionMetaData().getConnection().getEndPoint();
      HangUpWatch.Watched watched = parts.connections.hangUps.watch(endPoint, call::hungUp);
      Request.addCompletionListener(exchange.request(), failure -> watched.close());
      call.submit(parts.batcher, lane, parts.broken);
    } catch (RequestException e) {
      exchange.fail(e);
    }
  }

  /** The requests of people have one text, and those of pipelines many, unless they say it. */
  private static Lane lane(HttpFields headers, int inputs) {
    String asked = headers.get(LANE);
    if (asked == null) {
      return inputs == 1 ? Lane.QUERIES : Lane.DOCUMENTS;
    }
    return switch (asked.toLowerCase(Locale.ROOT)) {
      case "queries" -> Lane.QUERIES;
      case "documents" -> Lane.DOCUMENTS;
      default ->
          throw new RequestException(
              Kind.INVALID, "The header %s must be queries or documents.".formatted(LANE));
    };
  }

  private static void endLate(Exchange exchange, boolean bodyWasRead) {
    if (bodyWasRead) {
      exchange.fail(
          new RequestException(Kind.UNAVAILABLE, "The vectors were not there in time: try again."));
    } else { // which it does not send
      exchange
          .request()
          .getConnectionMetaData()
          .getConnection()
          .getEndPoint()
          .close(new TimeoutException("The body of a request takes too long."));
    }
  }

  private void count(Exchange exchange) {
    underWay.incrementAndGet();
    parts.connections.metrics.request();
    long start = System.nanoTime();
    Request.addCompletionListener(
        exchange.request(),
        failure -> {
          underWay.decrementAndGet();
          RequestException refusal = exchange.failure();
          if (refusal != null) {
            parts.connections.metrics.failed(refusal.kind());
          } else if (failure == null) {
            parts.connections.metrics.succeeded(System.nanoTime() - start);
          }
        });
  }

  private static void allowOnly(Exchange exchange, String method) {
    String asked = exchange.request().getMethod();
    if (!asked.equals(method) && !(asked.equals("HEAD") && method.equals("GET"))) {
      exchange.headers().put(HttpHeader.ALLOW, method);
      closeUnlessRead(exchange);
      throw new RequestException(Kind.WRONG_METHOD, "Only %s is possible here.".formatted(method));
    }
  }

  private void checkNotDraining(Exchange exchange) {
    if (draining) {
      closeUnlessRead(exchange);
      exchange.headers().put(HttpHeader.CONNECTION, "close");
      throw new RequestException(Kind.UNAVAILABLE, "The server is shutting down.");
    }
  }

  /** A page of another site in a browser of this machine can send all but JSON. */
  private static void checkIsJson(Exchange exchange) {
    HttpFields headers = exchange.request().getHeaders();
    String type = headers.get(HttpHeader.CONTENT_TYPE);
    String coding = headers.get(HttpHeader.CONTENT_ENCODING);
    if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
      closeUnlessRead(exchange);
      throw new RequestException(Kind.WRONG_TYPE, "The content-type must be application/json.");
    }
    if (coding != null && !coding.equalsIgnoreCase("identity")) {
      closeUnlessRead(exchange);
      throw new RequestException(Kind.WRONG_TYPE, "A body must not be compressed.");
    }
  }

  /** A long body that nobody reads ends with its connection. */
  private static void closeUnlessRead(Exchange exchange) {
    HttpFields headers = exchange.request().getHeaders();
    if (headers.contains(HttpHeader.TRANSFER_ENCODING)
        || headers.getLongField(HttpHeader.CONTENT_LENGTH) > 0) {
      exchange.headers().put(HttpHeader.CONNECTION, "close");
    }
  }

  /** Answers in JSON too where the HTTP library refuses, such as a head that is too long. */
  static boolean refuse(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    String path = request.getHttpURI() == null ? null : request.getHttpURI().getPath();
    String message = HttpStatus.getMessage(status) + ".";
    byte[] body = dialect(path).write(new RequestException(Kind.of(status), message));
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.write(/* last= */ true, ByteBuffer.wrap(body), callback);
    return true;
  }
}
