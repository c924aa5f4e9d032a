package dev.streambed.server;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Closes connections whose client takes too long to send the head of a request: a byte now and then
 * keeps a connection from being idle. Thread-safe.
 */
final class ConnectionGuard implements Connection.Listener {
  private final Scheduler scheduler;
  private final long limitNanos;
  private final Map<Connection, Seen> open = new ConcurrentHashMap<>();
  private final Set<Connection> answering = ConcurrentHashMap.newKeySet();

  /**
   * A connection between two requests.
   *
   * @param bytesIn read since then, and before
   */
  private record Seen(long bytesIn, long sinceNanos) {}

  ConnectionGuard(Scheduler scheduler, long limitSeconds) {
    this.scheduler = scheduler;
    this.limitNanos = TimeUnit.SECONDS.toNanos(limitSeconds);
  }

  void start() {
    scheduler.schedule(this::look, 1, TimeUnit.SECONDS);
  }

  /** The head of a request has come. */
  void begins(Request request) {
    Connection connection = request.getConnectionMetaData().getConnection();
    answering.add(connection);
    Request.addCompletionListener(
        request,
        failure -> {
          open.computeIfPresent(connection, (same, seen) -> seen(connection));
          answering.remove(connection);
        });
  }

  @Override
  public void onOpened(Connection connection) {
    open.put(connection, seen(connection));
  }

  @Override
  public void onClosed(Connection connection) {
    open.remove(connection);
    answering.remove(connection);
  }

  private void look() {
    long now = System.nanoTime();
    open.forEach(
        (connection, seen) -> {
          if (answering.contains(connection)) {
            return;
          }
          if (connection.getBytesIn() == seen.bytesIn) { // idle, for which there is another limit
            open.replace(connection, seen, new Seen(seen.bytesIn, now));
          } else if (now - seen.sinceNanos > limitNanos) {
            connection
                .getEndPoint()
                .close(new TimeoutException("The head of a request takes too long."));
          }
        });
    scheduler.schedule(this::look, 1, TimeUnit.SECONDS);
  }

  private static Seen seen(Connection connection) {
    return new Seen(connection.getBytesIn(), System.nanoTime());
  }
}
