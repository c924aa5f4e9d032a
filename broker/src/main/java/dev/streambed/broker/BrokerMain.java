package dev.streambed.broker;

import java.io.IOException;

/**
 * The main class of the broker's JVM: runs Kafka, and halts as soon as its standard input ends:
 * that is when the parent process is gone, even if it was killed. Uses nothing but the JDK, because
 * its class file alone is put in front of the broker's jars.
 */
final class BrokerMain {
  private BrokerMain() {}

  public static void main(String[] args) throws ReflectiveOperationException {
    Thread watch = new Thread(BrokerMain::haltAtEndOfInput, "parent-watch");
    watch.setDaemon(true);
    watch.start();
    Class.forName("kafka.Kafka").getMethod("main", String[].class).invoke(null, (Object) args);
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
