package dev.streambed.server;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.ByteArrayEndPoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real connections, looked at when the test says so. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // by connect()
class HangUpWatchTest {
  private final AtomicInteger hangUps = new AtomicInteger();

  private HangUpWatch watch;
  private SocketChannel client;
  private SocketChannel server;

  /** An end point that says which channel is under it. */
  private static final class ChannelEndPoint extends ByteArrayEndPoint {
    private final SocketChannel channel;

    ChannelEndPoint(SocketChannel channel) {
      this.channel = channel;
    }

    @Override
    public Object getTransport() {
      return channel;
    }
  }

  @BeforeEach
  void connect() throws IOException {
    watch = new HangUpWatch();
    try (ServerSocketChannel listening = ServerSocketChannel.open()) {
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      client = SocketChannel.open(listening.getLocalAddress());
      server = listening.accept();
    }
    server.configureBlocking(false);
  }

  @AfterEach
  void close() throws IOException {
    watch.close();
    client.close();
    server.close();
  }

  /**
   * The connection was selected because of the request that is watched now: another thread read it
   * before it was looked at, so there is nothing to read.
   */
  @Test
  void aRequestThatWasReadMeanwhileIsNoHangUp() throws IOException {
    watch.watch(new ChannelEndPoint(server), hangUps::incrementAndGet);

    HangUpWatch.look(requireNonNull(watch.key(server), "key"));

    assertThat(hangUps).hasValue(0);
    client.close();
    await().until(() -> hangUps.get() == 1);
  }

  @Test
  void theNextRequestInTheConnectionIsNoHangUp() throws Exception {
    watch.watch(new ChannelEndPoint(server), hangUps::incrementAndGet);

    client.write(ByteBuffer.wrap(new byte[] {1}));
    await().until(() -> server.socket().getInputStream().available() == 1);

    assertThat(hangUps).hasValue(0);
  }
}
