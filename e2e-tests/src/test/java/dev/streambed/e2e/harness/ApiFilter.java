package dev.streambed.e2e.harness;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.ResponseHeader;
import org.jspecify.annotations.Nullable;

/**
 * A broker behind a service that does not offer all of its requests: a proxy that removes those
 * from the broker's list of requests, and puts its own address in place of the broker's.
 */
public final class ApiFilter implements AutoCloseable {
  private static final int CORRELATION_ID_AT = 4; // after the key and the version of a request

  private final ServerSocket entrance;
  private final int target;
  private final Set<ApiKeys> missing;

  /** A request's kind and version. */
  private record Asked(ApiKeys key, short version) {}

  /**
   * Leads from a free port of this machine to a broker.
   *
   * @param bootstrapServers of the broker, on this machine
   * @param missing requests that clients learn nothing of
   */
  public ApiFilter(String bootstrapServers, Set<ApiKeys> missing) throws IOException {
    this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.target =
        Integer.parseInt(bootstrapServers.substring(bootstrapServers.lastIndexOf(':') + 1));
    this.missing = missing;
    start("accept", this::accept);
  }

  /** The address for clients, as host:port. */
  public String bootstrapServers() {
    return entrance.getInetAddress().getHostAddress() + ":" + entrance.getLocalPort();
  }

  private void accept() {
    while (!entrance.isClosed()) {
      try {
        Socket client = entrance.accept();
        var server = new Socket();
        server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        Map<Integer, Asked> open = new ConcurrentHashMap<>();
        start("to server", () -> pump(client, server, frame -> note(frame, open)));
        start("to client", () -> pump(server, client, frame -> rewrite(frame, open)));
      } catch (IOException e) {
        // The entrance is closed, or a client went away before it was connected.
      }
    }
  }

  private interface Change {
    ByteBuffer apply(ByteBuffer frame);
  }

  /** Ends both directions when one ends. */
  private static void pump(Socket from, Socket to, Change change) {
    try (from;
        to;
        var in = new DataInputStream(from.getInputStream());
        var out = new DataOutputStream(to.getOutputStream())) {
      while (true) {
        ByteBuffer frame = change.apply(ByteBuffer.wrap(in.readNBytes(in.readInt())));
        byte[] bytes = new byte[Integer.BYTES + frame.remaining()];
        ByteBuffer.wrap(bytes).putInt(frame.remaining()).put(frame);
        out.write(bytes);
      }
    } catch (IOException e) {
      // One side has closed or broken the connection; the other one learns it from us.
    }
  }

  private static ByteBuffer note(ByteBuffer request, Map<Integer, Asked> open) {
    var asked = new Asked(ApiKeys.forId(request.getShort(0)), request.getShort(Short.BYTES));
    open.put(request.getInt(CORRELATION_ID_AT), asked);
    return request;
  }

  private ByteBuffer rewrite(ByteBuffer response, Map<Integer, Asked> open) {
    Asked asked = open.remove(response.getInt(0));
    if (asked == null) {
      return response;
    }
    ByteBuffer original = response.duplicate();
    short headerVersion = asked.key.responseHeaderVersion(asked.version);
    ResponseHeader header = ResponseHeader.parse(response, headerVersion);
    Message body = changed(asked, new ByteBufferAccessor(response));
    if (body == null) {
      return original;
    }
    ByteBuffer head = MessageUtil.toByteBufferAccessor(header.data(), headerVersion).buffer();
    ByteBuffer tail = MessageUtil.toByteBufferAccessor(body, asked.version).buffer();
    return ByteBuffer.allocate(head.remaining() + tail.remaining()).put(head).put(tail).flip();
  }

  /** The changed response; null if it may stay as it is. */
  private @Nullable Message changed(Asked asked, ByteBufferAccessor body) {
    int port = entrance.getLocalPort();
    switch (asked.key) {
      case API_VERSIONS -> {
        var versions = new ApiVersionsResponseData(body, asked.version);
        versions.apiKeys().removeIf(api -> missing.contains(ApiKeys.forId(api.apiKey())));
        return versions;
      }
      case METADATA -> {
        var metadata = new MetadataResponseData(body, asked.version);
        metadata.brokers().forEach(broker -> broker.setPort(port));
        return metadata;
      }
      case DESCRIBE_CLUSTER -> {
        var cluster = new DescribeClusterResponseData(body, asked.version);
        cluster.brokers().forEach(broker -> broker.setPort(port));
        return cluster;
      }
      case FIND_COORDINATOR -> {
        var found = new FindCoordinatorResponseData(body, asked.version);
        found.coordinators().forEach(coordinator -> coordinator.setPort(port));
        if (found.coordinators().isEmpty()) {
          found.setPort(port);
        }
        return found;
      }
      default -> {
        return null;
      }
    }
  }

  private static void start(String name, Runnable work) {
    var thread = new Thread(work, "api-filter " + name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes no more clients; those that are connected stay so until they go. */
  @Override
  public void close() {
    try {
      entrance.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close the way to port " + target + ".", e);
    }
  }
}
