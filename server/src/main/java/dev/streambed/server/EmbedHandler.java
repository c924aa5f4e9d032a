package dev.streambed.server;

import dev.streambed.embedder.batch.Lane;
import dev.streambed.server.RequestHandler.Parts;
import dev.streambed.server.dialect.EmbedRequest;
import dev.streambed.server.dialect.InputLimits;
import dev.streambed.server.dialect.RequestException;
import dev.streambed.server.dialect.RequestException.Kind;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Takes requests for embeddings, within the limits, and hands them to the batcher. Thread-safe; no
 * call of it waits.
 */
final class EmbedHandler {
  private static final String LANE = "x-streambed-lane";

  private final Parts parts;
  private final AtomicInteger underWay = new AtomicInteger();
  private volatile boolean draining;

  EmbedHandler(Parts parts) {
    this.parts = parts;
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

  /** Begins a request; its answer comes later. */
  void handle(Exchange exchange) {
    count(exchange);
    exchange.allowOnly("POST");
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
                parts.options().limits().timeout().toMillis(),
                TimeUnit.MILLISECONDS);
    whenComplete(request, deadline::cancel);
    Admission.Share share = parts.connections().admission().share();
    whenComplete(request, share::close);
    int maxBytes = parts.options().limits().maxBodyBytes();
    new BodyReader(
            exchange,
            maxBytes,
            share,
            body -> {
              bodyWasRead.set(true);
              embed(exchange, share, body);
            })
        .start();
  }

  private void embed(Exchange exchange, Admission.Share share, byte[] body) {
    try {
      InputLimits limits = parts.model().limits(parts.options().limits().maxInputs());
      EmbedRequest what = exchange.dialect().parse(body, limits);
      var call = new EmbedCall(exchange, what, parts.model(), parts.connections().metrics());
      int inputs = what.inputs().size();
      Lane lane = lane(exchange.request().getHeaders(), inputs);
      if (!share.tryAccept(inputs, lane)) {
        throw busy();
      }
      watch(exchange, call);
      call.submit(parts.batcher(), lane, parts.broken());
    } catch (RequestException e) {
      exchange.fail(e);
    }
  }

  private void watch(Exchange exchange, EmbedCall call) {
    EndPoint endPoint = exchange.request().getConnectionMetaData().getConnection().getEndPoint();
    HangUpWatch.Watched watched = parts.connections().hangUps().watch(endPoint, call::hungUp);
    try {
      whenComplete(exchange.request(), watched::close);
    } catch (IllegalStateException e) {
      watched.close();
      throw e;
    }
  }

  /**
   * Calls something once a request has ended.
   *
   * @throws IllegalStateException if it has ended already. So register first, then take
   */
  private static void whenComplete(Request request, Runnable action) {
    Request.addCompletionListener(request, failure -> action.run());
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
      exchange.cutOff("The body of a request takes too long.");
    }
  }

  private void count(Exchange exchange) {
    long start = System.nanoTime();
    Request.addCompletionListener(
        exchange.request(),
        failure -> {
          underWay.decrementAndGet();
          if (failure == null && exchange.failure() == null) {
            parts.connections().metrics().succeeded(System.nanoTime() - start);
          }
        });
    underWay.incrementAndGet();
    parts.connections().metrics().request();
  }

  /** Refuses a request that comes too late. */
  void checkNotDraining(Exchange exchange) {
    if (draining) {
      exchange.closeUnlessRead();
      exchange.closeAfterwards();
      throw new RequestException(Kind.UNAVAILABLE, "The server is shutting down.");
    }
  }

  /** A page of another site in a browser of this machine can send all but JSON. */
  private static void checkIsJson(Exchange exchange) {
    HttpFields headers = exchange.request().getHeaders();
    String type = headers.get(HttpHeader.CONTENT_TYPE);
    String coding = headers.get(HttpHeader.CONTENT_ENCODING);
    if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
      exchange.closeUnlessRead();
      throw new RequestException(Kind.WRONG_TYPE, "The content-type must be application/json.");
    }
    if (coding != null && !coding.equalsIgnoreCase("identity")) {
      exchange.closeUnlessRead();
      throw new RequestException(Kind.WRONG_TYPE, "A body must not be compressed.");
    }
  }
}
