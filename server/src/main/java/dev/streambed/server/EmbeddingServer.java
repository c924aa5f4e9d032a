package dev.streambed.server;

import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.server.RequestHandler.Connections;
import dev.streambed.server.RequestHandler.Parts;
import dev.streambed.server.page.LivePage;
import dev.streambed.server.page.PageModel;
import dev.streambed.server.page.PageOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apiguardian.api.API;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server of embeddings over HTTP. It owns its batcher, its threads and its connections; the
 * embedder is the caller's, who closes it after this.
 */
@API(status = API.Status.INTERNAL)
public final class EmbeddingServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddingServer.class);

  private static final int MAX_THREADS = 32; // none of them waits for the model
  private static final int HEAD_BYTES = 16 << 10;
  private static final long IDLE_MILLIS = 30_000;
  private static final long CROWDED_IDLE_MILLIS = 2_000; // once there are too many connections
  private static final long MAX_HEAD_SECONDS = 15;
  private static final int ACCEPTORS = 1;
  private static final int SELECTORS = 2;
  private static final long POLL_MILLIS = 20;

  private static final AtomicInteger THREADS = new AtomicInteger();

  private final ServerOptions options;
  private final Server server;
  private final ServerConnector connector;
  private final RequestHandler handler;
  private final MicroBatcher batcher;
  private final ServedModel model;
  private final HangUpWatch hangUps;
  private final ConnectionGuard guard;
  private final @Nullable LivePage page;
  private final CompletableFuture<Void> failure = new CompletableFuture<>();
  private volatile int port; // that of a connector which is closed is not known

  private EmbeddingServer(
      ServedModel model, ServerOptions options, long headSeconds, @Nullable LivePage page)
      throws IOException {
    this.options = options;
    this.page = page;
    this.model = model;
    this.server = server();
    HttpConfiguration http = http();
    this.connector = connector(http);
    this.hangUps = new HangUpWatch();
    this.guard = new ConnectionGuard(connector.getScheduler(), headSeconds);
    var metrics = new ServerMetrics();
    var limits = new NetworkConnectionLimit(options.limits().maxConnections(), connector);
    limits.setEndPointIdleTimeout(CROWDED_IDLE_MILLIS);
    connector.addBean(limits);
    connector.addBean(guard);
    this.batcher =
        new MicroBatcher(
            model.embedder(),
            BatchPolicy.forDevice(model.embedder().device()),
            // As many as are accepted are there at most, and some that were cancelled.
            new BatcherOptions(options.workers(), 2 * options.limits().maxWaiting(), 0),
            EmbeddingServer::worker,
            metrics);
    var connections = new Connections(hangUps, guard, new Admission(options.limits()), metrics);
    this.handler =
        new RequestHandler(new Parts(model, batcher, options, connections, this::broken), page);
    server.addConnector(connector);
    server.setHandler(handler);
    server.setErrorHandler(handler::refuse);
  }

  /**
   * Starts to serve.
   *
   * @throws IOException if it cannot listen there
   */
  public static EmbeddingServer start(OnnxTextEmbedder embedder, ServerOptions options)
      throws IOException {
    return start(ServedModel.of(embedder, options.defaults()), options);
  }

  /**
   * Starts to serve, with a page on a topic.
   *
   * @throws IOException if it cannot listen there
   */
  public static EmbeddingServer start(
      OnnxTextEmbedder embedder, ServerOptions options, PageOptions topic) throws IOException {
    int dimensions = options.defaults().embedder().dimensions().get(0);
    var model =
        new PageModel(
            embedder.model().description(),
            embedder.model().digest(),
            embedder.model().description().space(dimensions));
    return start(
        ServedModel.of(embedder, options.defaults()),
        options,
        headSeconds(options),
        LivePage.of(topic, model));
  }

  static EmbeddingServer start(ServedModel model, ServerOptions options) throws IOException {
    return start(model, options, headSeconds(options));
  }

  private static long headSeconds(ServerOptions options) {
    return Math.min(MAX_HEAD_SECONDS, Math.max(1, options.limits().timeout().toSeconds()));
  }

  /**
   * As above.
   *
   * @param headSeconds how long the head of a request may take
   */
  static EmbeddingServer start(ServedModel model, ServerOptions options, long headSeconds)
      throws IOException {
    return start(model, options, headSeconds, /* page= */ null);
  }

  private static EmbeddingServer start(
      ServedModel model, ServerOptions options, long headSeconds, @Nullable LivePage page)
      throws IOException {
    var server = new EmbeddingServer(model, options, headSeconds, page);
    try {
      server.server.start();
      server.port = server.connector.getLocalPort();
      server.guard.start();
      if (page != null) {
        page.start();
      }
      return server;
    } catch (Exception e) {
      server.close();
      throw e instanceof IOException io ? io : new IOException("Cannot start to serve.", e);
    }
  }

  /** Where clients on this machine find it. */
  public String url() {
    ServerOptions.Address address = options.address();
    String host = address.isEverywhere() ? "localhost" : address.host();
    return "%s://%s:%d"
        .formatted(
            address.tls() == null ? "http" : "https",
            host.contains(":") ? "[" + host + "]" : host,
            port());
  }

  /** Where browsers on this machine find the page; null if there is none. */
  public @Nullable String pageUrl() {
    return page == null ? null : url() + LivePage.PATH;
  }

  public int port() {
    return port;
  }

  /** Completes, with an exception, if the model does not work any more. */
  public CompletableFuture<Void> failure() {
    return failure;
  }

  /**
   * Accepts no more requests, and waits for those under way.
   *
   * @return whether all were answered within the limit
   */
  public boolean drain(Duration limit) throws InterruptedException {
    handler.embeds().drain();
    connector.close(); // to new connections
    long end = System.nanoTime() + limit.toNanos();
    while (handler.embeds().underWay() > 0 && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    return handler.embeds().underWay() == 0;
  }

  /** Ends all requests and connections. Idempotent. */
  @Override
  public void close() {
    try (model;
        batcher;
        hangUps) {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("Cannot stop the server.", e);
    } finally {
      if (page != null) {
        page.close();
      }
    }
  }

  private void broken(InferenceException e) {
    if (failure.completeExceptionally(e)) {
      LOG.error("The model does not work any more.", e);
    }
  }

  private static Server server() {
    var threads = new QueuedThreadPool(MAX_THREADS);
    threads.setName("streambed-serve");
    threads.setDaemon(true);
    var server = new Server(threads);
    server.setStopTimeout(0); // drain() waits
    return server;
  }

  private static HttpConfiguration http() {
    var http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendDateHeader(true);
    http.setRequestHeaderSize(HEAD_BYTES);
    http.setHeaderCacheSize(0); // no value of a header, such as a key, is kept
    return http;
  }

  private ServerConnector connector(HttpConfiguration http) {
    var plain = new HttpConnectionFactory(http);
    TlsFiles tls = options.address().tls();
    ServerConnector made;
    if (tls == null) {
      made = new ServerConnector(server, ACCEPTORS, SELECTORS, plain);
    } else {
      // The name that a client asked for may be another one, such as an address.
      http.addCustomizer(new SecureRequestCustomizer(/* sniHostCheck= */ false));
      var secure = new SslConnectionFactory(tls.open(), plain.getProtocol());
      made = new ServerConnector(server, ACCEPTORS, SELECTORS, secure, plain);
    }
    made.setHost(options.address().host());
    made.setPort(options.address().port());
    made.setIdleTimeout(IDLE_MILLIS);
    return made;
  }

  private static Thread worker(Runnable work) {
    Thread thread = new Thread(work, "streambed-serve-worker-" + THREADS.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }
}
