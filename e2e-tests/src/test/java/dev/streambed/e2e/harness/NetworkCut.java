package dev.streambed.e2e.harness;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;

/**
 * A network link to a server that can be cut: a TCP proxy. While it is cut, nothing arrives and
 * nobody is told, as with a pulled cable; when it is mended, delayed bytes arrive late.
 */
public final class NetworkCut implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final ServerSocket entrance;
  private final int target;

  @GuardedBy("this")
  private final Set<Socket> sockets = new HashSet<>();

  @GuardedBy("this")
  private boolean cut;

  @GuardedBy("this")
  private boolean closed;

  /** Leads from a free port of this machine to another that a server listens on, or will. */
  NetworkCut(int target) throws IOException {
    this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.target = target;
    start("accept", this::accept);
  }

  /** The address for clients. */
  int port() {
    return entrance.getLocalPort();
  }

  public synchronized void cut() {
    cut = true;
  }

  public synchronized void mend() {
    cut = false;
    notifyAll();
  }

  private void accept() {
    while (!entrance.isClosed()) {
      try {
        connect(entrance.accept());
      } catch (IOException e) {
        // The entrance is closed, or a client went away before it was connected.
      }
    }
  }

  private void connect(Socket client) throws IOException {
    var server = new Socket();
    try {
      server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
    } catch (IOException e) {
      client.close(); // the server is down: its clients see that
      server.close();
      return;
    }
    synchronized (this) {
      sockets.add(client);
      sockets.add(server);
    }
    start("to server", () -> pump(client, server));
    start("to client", () -> pump(server, client));
  }

  /** Ends both directions when one ends. */
  private void pump(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[BUFFER_BYTES];
      int count = in.read(buffer);
      while (count >= 0) {
        awaitLink();
        out.write(buffer, 0, count);
        count = in.read(buffer);
      }
      awaitLink();
    } catch (IOException e) {
      // One side has closed or broken the connection; the other one learns it from us.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      synchronized (this) {
        sockets.remove(from);
        sockets.remove(to);
      }
    }
  }

  private synchronized void awaitLink() throws InterruptedException {
    while (cut && !closed) {
      wait();
    }
  }

  private static void start(String name, Runnable work) {
    var thread = new Thread(work, "network-cut " + name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
    try {
      entrance.close();
      for (Socket socket : Set.copyOf(sockets)) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close the link to port " + target + ".", e);
    }
  }
}
