package dev.streambed.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Closes connections whose client takes too long to send the head of a request: a byte now and then
 * keeps a connection from being idle. Over TLS a client has two connections here: one of encrypted
 * bytes, with those of the handshake, and the one of HTTP in it. Thread-safe.
 */
final class ConnectionGuard implements Connection.Listener {
  private final Scheduler scheduler;
  private final long limitNanos;
  private final Map<Connection, Watch> open = new ConcurrentHashMap<>();

  /** What is known of an open connection. */
  private static final class Watch {
    private final Connection connection;

    /** Those that have begun and not ended. The next may begin before the one before has ended. */
    private final AtomicInteger requests = new AtomicInteger();

    private volatile Seen seen;

    Watch(Connection connection) {
      this.connection = connection;
      this.seen = seenNow();
    }

    private Seen seenNow() {
      return new Seen(connection.getBytesIn(), System.nanoTime());
    }

    void begins() {
      requests.incrementAndGet();
    }

    void ends() {
      seen = seenNow();
      requests.decrementAndGet();
    }

    void look(long limitNanos) {
      Seen last = seen;
      if (requests.get() > 0) {
        return;
      }
      if (connection.getBytesIn() == last.bytesIn) { // idle, for which there is another limit
        seen = seenNow();
      } else if (System.nanoTime() - last.nanoTime > limitNanos) {
        connection
            .getEndPoint()
            .close(new TimeoutException("The head of a request takes too long."));
      }
    }
  }

  /**
   * A connection between two requests.
   *
   * @param bytesIn read since the connection was opened
   */
  private record Seen(long bytesIn, long nanoTime) {}

  ConnectionGuard(Scheduler scheduler, long limitSeconds) {
    this.scheduler = scheduler;
    this.limitNanos = TimeUnit.SECONDS.toNanos(limitSeconds);
  }

  void start() {
    scheduler.schedule(this::look, 1, TimeUnit.SECONDS);
  }

  /** The head of a request has come. */
  void begins(Request request) {
    List<Watch> watches = watches(request.getConnectionMetaData().getConnection());
    Request.addCompletionListener(request, failure -> watches.forEach(Watch::ends));
    watches.forEach(Watch::begins);
  }

  private List<Watch> watches(Connection http) {
    List<Watch> watches = new ArrayList<>(2);
    add(watches, http);
    if (http.getEndPoint() instanceof SslConnection.SslEndPoint tls) {
      add(watches, tls.getSslConnection());
    }
    return watches;
  }

  private void add(List<Watch> watches, Connection connection) {
    Watch watch = open.get(connection);
    if (watch != null) { // else it is closed already
      watches.add(watch);
    }
  }

  @Override
  public void onOpened(Connection connection) {
    open.put(connection, new Watch(connection));
  }

  @Override
  public void onClosed(Connection connection) {
    open.remove(connection);
  }

  private void look() {
    open.values().forEach(watch -> watch.look(limitNanos));
    scheduler.schedule(this::look, 1, TimeUnit.SECONDS);
  }
}
