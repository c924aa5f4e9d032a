package dev.streambed.server.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Reading a body takes at most nine times its memory, as docs/serve.md says. */
class MemoryOfBodiesTest {
  private static final int BYTES = 1 << 20;
  private static final InputLimits LIMITS = new InputLimits(2048, 8192, 65_536);

  private static Stream<String> bodies() {
    StringBuilder names = new StringBuilder("{\"inputs\":\"a\"");
    for (int i = 0; names.length() < BYTES; i++) {
      names.append(",\"").append(i).append("\":0");
    }
    return Stream.of(
        "{\"inputs\":\"%s\"}".formatted("a b ".repeat(BYTES / 4)),
        "{\"inputs\":\"\u0436%s\"}".formatted("a b ".repeat(BYTES / 4)), // 2 bytes per character
        "{\"inputs\":[%s\"a\"]}".formatted("\"%s\",".formatted("a ".repeat(300)).repeat(1700)),
        "{\"inputs\":[%s[1]]}".formatted("[%s1],".formatted("1,".repeat(300)).repeat(1700)),
        "{\"inputs\":[%s1]}".formatted("1,".repeat(BYTES / 2)), // more than the model takes
        "{\"inputs\":\"a\",\"x\":[%s1]}".formatted("1,".repeat(BYTES / 2)),
        names + "}");
  }

  @ParameterizedTest
  @MethodSource("bodies")
  void isBounded(String json) {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    allocated(new byte[0]); // loads classes

    assertThat(allocated(body)).isLessThan(9L * body.length);
  }

  /** Bytes that this thread allocates to parse a body. */
  private static long allocated(byte[] body) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    try {
      EmbedRequest request = Dialect.TEI.parse(body, LIMITS);
      assertThat(request.inputs()).isNotEmpty();
    } catch (RequestException e) {
      assertThat(e).hasMessageNotContaining("a b");
    }
    return threads.getCurrentThreadAllocatedBytes() - before;
  }
}
