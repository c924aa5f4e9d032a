package dev.streambed.broker;

import java.io.IOException;

/**
 * The main class of the broker's JVM: runs Kafka, and halts as soon as its standard input ends:
 * that is when the parent process is gone, even if it was killed. A Ctrl-C, which a terminal sends
 * to both, is the parent's to mind. Uses nothing but the JDK, because its class file alone is put
 * in front of the broker's jars.
 */
final class BrokerMain {
  private BrokerMain() {}

  public static void main(String[] args) throws ReflectiveOperationException {
    Thread watch = new Thread(BrokerMain::haltAtEndOfInput, "parent-watch");
    watch.setDaemon(true);
    watch.start();
    ignoreInterrupts();
    Class.forName("kafka.Kafka").getMethod("main", String[].class).invoke(null, (Object) args);
  }

  /** By reflection, as the compiler warns of this package, which every JDK exports. */
  private static void ignoreInterrupts() throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    signal
        .getMethod("handle", signal, handler)
        .invoke(
            null,
            signal.getConstructor(String.class).newInstance("INT"),
            handler.getField("SIG_IGN").get(null));
  }

  private static void haltAtEndOfInput() {
    try {
      while (System.in.read() >= 0) {
        // The parent writes nothing.
      }
    } catch (IOException e) {
      // The pipe is broken: the parent is gone as well.
    }
    Runtime.getRuntime().halt(1);
  }
}
