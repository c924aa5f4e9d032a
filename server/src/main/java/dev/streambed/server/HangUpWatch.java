package dev.streambed.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.jspecify.annotations.Nullable;

/**
 * Notices clients that hang up while their request waits for the model. Over HTTP/1.1 the library
 * does not: it reads a connection only between requests. So this asks the operating system which of
 * the connections have something to read, on a thread and a selector of its own, and takes an end
 * for a hang-up. It reads no data.
 *
 * <p>Thread-safe.
 */
final class HangUpWatch implements AutoCloseable {
  /** How late a hang-up may be noticed. No wake-up is needed per request then. */
  private static final long PERIOD_MILLIS = 100;

  private final Selector selector;
  private final Thread thread;

  /** A client that is watched; ends with the request. */
  private static final class Watch implements Watched {
    private final EndPoint endPoint;
    private final SelectionKey key;
    private final Runnable hungUp;

    /** Whether the connection seemed at its end when it was looked at; for the watch's thread. */
    private boolean suspected;

    Watch(EndPoint endPoint, SelectionKey key, Runnable hungUp) {
      this.endPoint = endPoint;
      this.key = key;
      this.hungUp = hungUp;
    }

    @Override
    public void close() {
      synchronized (key) { // the next request of the connection may come meanwhile
        try {
          if (key.attachment() == this) {
            // The key stays for the next request, and goes with the connection.
            key.interestOps(0);
            key.attach(null);
          }
        } catch (CancelledKeyException e) {
          // the connection is closed
        }
      }
    }
  }

  private enum Sent {
    END,
    /** Its end, or what was read meanwhile. */
    END_OR_READ,
    /** The next request. */
    DATA,
    NOTHING
  }

  /** The watch over one client. */
  interface Watched extends AutoCloseable {
    @Override
    void close();
  }

  HangUpWatch() throws IOException {
    this.selector = Selector.open();
    this.thread = new Thread(this::run, "streambed-serve-hang-ups");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Watches the client of a request whose body was read.
   *
   * @param hungUp called once, on the thread of this, if the client hangs up
   */
  Watched watch(EndPoint endPoint, Runnable hungUp) {
    if (!(raw(endPoint).getTransport() instanceof SocketChannel channel)) {
      return () -> {};
    }
    try {
      SelectionKey key = channel.register(selector, 0);
      Watch watch = new Watch(endPoint, key, hungUp);
      synchronized (key) {
        key.attach(watch);
        key.interestOps(SelectionKey.OP_READ);
      }
      return watch;
    } catch (ClosedChannelException | CancelledKeyException e) {
      hungUp.run();
      return () -> {};
    }
  }

  /** The registration of a connection; null if none of its requests was watched. */
  @Nullable SelectionKey key(SocketChannel channel) {
    return channel.keyFor(selector);
  }

  private void run() {
    while (selector.isOpen()) {
      try {
        selector.select(PERIOD_MILLIS);
        List<SelectionKey> ready = new ArrayList<>(selector.selectedKeys());
        selector.selectedKeys().clear();
        ready.forEach(HangUpWatch::look);
      } catch (IOException | ClosedSelectorException e) {
        return; // closed
      }
    }
  }

  /** Looks at a connection that could be read from when it was selected. */
  static void look(SelectionKey key) {
    Object attachment = key.attachment();
    if (attachment instanceof Watch watch) {
      switch (read(watch.endPoint, (SocketChannel) key.channel())) {
        case END -> end(watch);
        case END_OR_READ -> {
          // It may have been selected because of the request that is watched now, which was read
          // before it was looked at. An end is selected again.
          if (watch.suspected) {
            end(watch);
          }
          watch.suspected = true;
        }
        case DATA -> watch.close(); // which stays there to be read, so this would be called again
        case NOTHING -> {} // more may come
      }
    }
  }

  private static void end(Watch watch) {
    watch.close();
    watch.hungUp.run();
  }

  /** Tells what a client that can be read from has sent. */
  private static Sent read(EndPoint endPoint, SocketChannel channel) {
    try {
      if (!(endPoint instanceof EndPoint.Wrapper)) {
        return available(channel) == 0 ? Sent.END_OR_READ : Sent.DATA;
      }
      // TLS: what it decrypts stays in the buffer of the connection. The end is a message, before
      // which there may be others that are no data.
      if (endPoint.fill(BufferUtil.EMPTY_BUFFER) < 0) {
        return Sent.END;
      }
      return available(channel) == 0 ? Sent.NOTHING : Sent.DATA;
    } catch (IOException | RuntimeException e) {
      return Sent.END;
    }
  }

  private static int available(SocketChannel channel) throws IOException {
    return channel.socket().getInputStream().available();
  }

  private static EndPoint raw(EndPoint endPoint) {
    EndPoint raw = endPoint;
    while (raw instanceof EndPoint.Wrapper wrapper) {
      raw = wrapper.unwrap();
    }
    return raw;
  }

  @Override
  public void close() {
    try {
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close a selector.", e);
    }
  }
}
