package dev.streambed.server;

import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.server.dialect.Dialect;
import dev.streambed.server.dialect.RequestException;
import dev.streambed.server.dialect.RequestException.Kind;
import dev.streambed.server.page.LivePage;
import dev.streambed.server.page.PageAnswer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.QuietException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds what a request is for, and whether it may. Thread-safe; no call of it waits. */
final class RequestHandler extends Handler.Abstract.NonBlocking {
  private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);

  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8"; // Prometheus

  private final Parts parts;
  private final Pages pages;
  private final AllowedHosts hosts;
  private final EmbedHandler embeds;
  private final @Nullable LivePage page;

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

  /**
   * Handles requests.
   *
   * @param page null if there is none
   */
  RequestHandler(Parts parts, @Nullable LivePage page) {
    this.page = page;
    this.parts = parts;
    this.pages = new Pages(parts.model, parts.options);
    this.hosts = new AllowedHosts(parts.options.address());
    this.embeds = new EmbedHandler(parts);
  }

  /** Those of embeddings. */
  EmbedHandler embeds() {
    return embeds;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    parts.connections.guard.begins(request);
    String path = Request.getPathInContext(request);
    var exchange =
        new Exchange(
            request,
            response,
            callback,
            page != null && LivePage.SEARCH.equals(path) ? page.search() : dialect(path),
            parts.options.limits().timeout());
    countIfRefused(exchange);
    try {
      route(exchange, path);
    } catch (RequestException e) {
      exchange.fail(e);
    }
    return true;
  }

  /** All refusals but those of {@link #refuse}. */
  private void countIfRefused(Exchange exchange) {
    Request.addCompletionListener(
        exchange.request(),
        failure -> {
          RequestException refusal = exchange.failure();
          if (refusal != null) {
            parts.connections.metrics.failed(refusal.kind());
          }
        });
  }

  static Dialect dialect(@Nullable String path) {
    return path != null && path.startsWith("/v1/") ? Dialect.OPENAI : Dialect.TEI;
  }

  private void route(Exchange exchange, @Nullable String path) {
    if (path == null || exchange.request().getMethod().equals("CONNECT")) {
      exchange.closeAfterwards();
      throw new RequestException(Kind.WRONG_METHOD, "This server is no proxy.");
    }
    boolean reads = exchange.reads();
    if (page != null
        && (LivePage.has(path) || (path.equals("/") && reads && isBrowser(exchange)))) {
      answer(page, exchange, path);
      return;
    }
    if (path.equals("/health") || (reads && (path.equals("/ping") || path.equals("/")))) {
      exchange.allowOnly("GET");
      embeds.checkNotDraining(exchange);
      exchange.answer("text/plain", new byte[0]);
      return;
    }
    checkMayAsk(exchange);
    switch (path) {
      case "/v1/embeddings", "/embed", "/", "/invocations" -> embeds.handle(exchange);
      case "/v1/models" -> {
        exchange.allowOnly("GET");
        exchange.answerJson(pages.models());
      }
      case "/info" -> {
        exchange.allowOnly("GET");
        exchange.answerJson(pages.info());
      }
      case "/metrics" -> {
        exchange.allowOnly("GET");
        String metrics = parts.connections.metrics.write(parts.connections.admission::waiting);
        exchange.answer(TEXT, metrics.getBytes(StandardCharsets.UTF_8));
      }
      case "/ping" -> exchange.allowOnly("GET");
      default -> {
        exchange.closeUnlessRead();
        throw new RequestException(
            Kind.NO_SUCH_PATH,
            "There are /v1/embeddings, /v1/models, /embed, /info, /health, /metrics and %s here."
                .formatted(page == null ? "(with --topic) /page/" : LivePage.PATH));
      }
    }
  }

  private static boolean isBrowser(Exchange exchange) {
    String accept = exchange.request().getHeaders().get(HttpHeader.ACCEPT);
    return accept != null && accept.contains("text/html");
  }

  /** The page's files hold no data, so they need no key. */
  private void answer(LivePage asked, Exchange exchange, String path) {
    LivePage.addHeaders(path, exchange.headers());
    if (LivePage.isData(path)) {
      checkMayAsk(exchange);
    } else {
      checkHost(exchange);
    }
    if (path.equals(LivePage.SEARCH)) {
      embeds.handle(exchange);
      return;
    }
    exchange.allowOnly("GET");
    exchange.closeUnlessRead();
    if (path.equals(LivePage.STREAM) && exchange.request().getMethod().equals("GET")) {
      asked.checkRoom();
      exchange.handOver(asked::stream);
      return;
    }
    exchange.request().getComponents().getExecutor().execute(() -> look(asked, exchange, path));
  }

  private static void look(LivePage asked, Exchange exchange, String path) {
    try {
      PageAnswer answer = asked.answer(exchange.request(), path);
      exchange.headers().put(HttpHeader.ETAG, answer.etag());
      exchange.headers().put(HttpHeader.LOCATION, answer.location());
      exchange.answer(answer.status(), answer.type(), answer.body());
    } catch (RequestException e) {
      exchange.fail(e);
    } catch (RuntimeException | OutOfMemoryError e) {
      exchange.fail(new RequestException(Kind.FAILED, "The page failed.", null, e));
    }
  }

  /** Whoever has a key may ask; without keys, all who ask this server by a name of its own. */
  private void checkMayAsk(Exchange exchange) {
    Request request = exchange.request();
    if (!parts.options.keys().allow(request.getHeaders().get(HttpHeader.AUTHORIZATION))) {
      exchange.closeUnlessRead();
      throw new RequestException(Kind.BAD_KEY, "The API key is missing or wrong.");
    }
    checkHost(exchange);
  }

  private void checkHost(Exchange exchange) {
    String host = Request.getServerName(exchange.request());
    if (parts.options.keys().isEmpty() && host != null && !hosts.allow(host)) {
      exchange.closeUnlessRead();
      throw new RequestException(
          Kind.WRONG_HOST,
          "The request is for a host of another name: start the server with --allow-host and that name, or with keys.");
    }
  }

  /** Answers in JSON too where the HTTP library refuses, such as a head that is too long. */
  boolean refuse(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    String path = request.getHttpURI() == null ? null : request.getHttpURI().getPath();
    Object cause = request.getAttribute(ErrorHandler.ERROR_EXCEPTION);
    if (status >= 500 && cause instanceof Throwable e && !(e instanceof QuietException)) {
      LOG.error("A request failed.", e);
    }
    var refusal = new RequestException(Kind.of(status), HttpStatus.getMessage(status) + ".");
    if (!(cause instanceof EofException)) { // as those of clients that hung up
      parts.connections.metrics.failed(refusal.kind());
    }
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.write(/* last= */ true, ByteBuffer.wrap(dialect(path).write(refusal)), callback);
    return true;
  }
}
