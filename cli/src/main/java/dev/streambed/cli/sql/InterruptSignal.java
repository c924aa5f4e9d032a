package dev.streambed.cli.sql;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * A Ctrl-C, which a terminal sends to all processes of a command. While a person types it is for
 * Flink's client, which cancels a line or a query.
 */
final class InterruptSignal {
  private InterruptSignal() {}

  /**
   * This process does not mind it any more; what it starts does. By reflection, as the compiler
   * warns of this package, which every JDK exports.
   */
  static void leaveToChildren() {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object nothing =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> null);
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("INT"), nothing);
    } catch (InvocationTargetException e) {
      // The JVM uses the signal itself, as with -Xrs: Ctrl-C ends the command.
    } catch (ReflectiveOperationException e) {
      // This JVM has no such signal.
    }
  }
}
