package dev.streambed.broker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;
import org.apiguardian.api.API;

/**
 * Ports for servers that start later, or again on the same port. They lie below those that Linux
 * gives to clients, and to servers that take any port: nobody gets one of them by chance before the
 * server has it, or while the server is down. Safe for use by several threads.
 */
@API(status = API.Status.INTERNAL)
public final class FreePorts {
  private static final int FIRST = 10_000;

  /** The first port of /proc/sys/net/ipv4/ip_local_port_range. */
  private static final int END = 32_768;

  /** More than one process asks for, so that two of them do not choose the same. */
  private static final int PER_PROCESS = 100;

  private static final AtomicInteger NEXT =
      new AtomicInteger((int) (ProcessHandle.current().pid() * PER_PROCESS % (END - FIRST)));

  private FreePorts() {}

  /**
   * A port of the loopback address at which nobody listens, another one at each call.
   *
   * @throws IOException if there is none
   */
  public static int next() throws IOException {
    for (int tries = 0; tries < END - FIRST; tries++) {
      int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), END - FIRST);
      if (isFree(port)) {
        return port;
      }
    }
    throw new IOException(
        "None of the ports %d to %d is free. End what listens there.".formatted(FIRST, END - 1));
  }

  private static boolean isFree(int port) {
    try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
