package dev.streambed.benchmarks.serve;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Locale;

/**
 * One connection to a server, over which requests go one after the other. It does no more than
 * that, because it runs on the machine that it measures: bodies are made before, and answers are
 * not parsed.
 */
final class HttpCaller implements Caller, AutoCloseable {
  private static final int OK = 200;
  private static final int MILLIS_TO_WAIT = 120_000; // twice the time that a server gives a request

  private final String path;
  private final List<byte[]> bodies;
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  /** An answer; the body belongs to whoever got it. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Answer(int status, byte[] body) {}

  HttpCaller(int port, String path, List<byte[]> bodies) throws IOException {
    this.path = path;
    this.bodies = bodies;
    this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(MILLIS_TO_WAIT);
    this.in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    this.out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
  }

  @Override
  public void call(int text) throws IOException {
    Answer answer = post(text);
    if (answer.status() != OK) {
      throw new IOException(
          "The server answered %d: %s"
              .formatted(answer.status(), new String(answer.body(), UTF_8)));
    }
  }

  /** Sends a body by its number, and waits for the answer. */
  Answer post(int text) throws IOException {
    byte[] body = bodies.get(text);
    String head =
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            .formatted(path, body.length);
    out.write(head.getBytes(US_ASCII));
    out.write(body);
    out.flush();
    return read();
  }

  private Answer read() throws IOException {
    String[] status = line().split(" ", 3);
    int length = -1;
    for (String line = line(); !line.isEmpty(); line = line()) {
      String lower = line.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring(lower.indexOf(':') + 1).strip());
      }
    }
    if (length < 0) {
      throw new IOException("The server does not say the length of its answer.");
    }
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("The answer is cut off.");
    }
    return new Answer(Integer.parseInt(status[1]), body);
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("The server has closed the connection.");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
