package dev.streambed.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FreePortsTest {
  @Test
  void givesEachPortOnceAndNoneThatIsTaken() throws Exception {
    int first = FreePorts.next();
    try (var taken = new ServerSocket(first + 1, 1, InetAddress.getLoopbackAddress())) {
      Set<Integer> ports = new HashSet<>(Set.of(first));

      for (int i = 0; i < 50; i++) {
        assertThat(ports.add(FreePorts.next())).isTrue();
      }

      assertThat(ports)
          .doesNotContain(taken.getLocalPort())
          .allSatisfy(port -> assertThat(port).isBetween(10_000, 32_767));
    }
  }
}
