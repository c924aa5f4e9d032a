package dev.streambed.server.page;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;

/**
 * One who reads the stream. Lines wait for it, up to a limit; then its connection is cut off. The
 * lines are shared by all readers. Thread-safe.
 */
final class StreamReader {
  /** Most bytes that wait, beside those with which the stream opened. */
  private static final long MOST_BYTES = 4 << 20;

  private final Response response;
  private final Callback callback;
  private final EndPoint endPoint;
  private final Runnable whenClosed;
  private final Writer writer = new Writer();

  @GuardedBy("this")
  private final Deque<byte[]> waiting = new ArrayDeque<>();

  @GuardedBy("this")
  private long waitingBytes;

  @GuardedBy("this")
  private long limit = MOST_BYTES;

  @GuardedBy("this")
  private boolean open;

  @GuardedBy("this")
  private boolean closed;

  /**
   * Begins to write to a client.
   *
   * @param whenClosed called once
   */
  StreamReader(Request request, Response response, Callback callback, Runnable whenClosed) {
    this.response = response;
    this.callback = callback;
    this.endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    this.whenClosed = whenClosed;
  }

  /** Writes the lines with which a stream opens. */
  void open(List<byte[]> lines) {
    synchronized (this) {
      open = true;
      for (byte[] line : lines) {
        limit += line.length;
      }
    }
    lines.forEach(this::write);
  }

  /** Whether it got the lines with which a stream opens. */
  synchronized boolean isOpen() {
    return open;
  }

  /** Writes a line once those before it are written. */
  void write(byte[] line) {
    boolean tooSlow;
    synchronized (this) {
      if (closed) {
        return;
      }
      waiting.addLast(line);
      waitingBytes += line.length;
      tooSlow = waitingBytes > limit;
    }
    if (tooSlow) {
      cutOff("The client reads the stream too slowly.");
    } else {
      writer.iterate();
    }
  }

  /** Writes one line after the other; Jetty calls it one at a time. */
  private final class Writer extends IteratingCallback {
    private int bytes;

    @Override
    protected Action process() {
      byte[] line;
      synchronized (StreamReader.this) {
        line = closed ? null : waiting.pollFirst();
      }
      if (line == null) {
        return Action.IDLE;
      }
      this.bytes = line.length;
      response.write(/* last= */ false, ByteBuffer.wrap(line).asReadOnlyBuffer(), this);
      return Action.SCHEDULED;
    }

    @Override
    protected void onSuccess() {
      synchronized (StreamReader.this) {
        waitingBytes -= bytes;
      }
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
      end(cause);
    }
  }

  /** Ends the connection, whatever is being written. */
  void cutOff(String reason) {
    endPoint.close(new TimeoutException(reason));
    end(new TimeoutException(reason));
  }

  /** Idempotent. */
  void end(Throwable reason) {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      waiting.clear();
    }
    whenClosed.run();
    callback.failed(reason);
  }
}
