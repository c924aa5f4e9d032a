package dev.streambed.cli.sql;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * Who minds a Ctrl-C, which a terminal sends to all processes of a command: at a script all of
 * them, which ends it; while a person types, Flink's client alone, which cancels a line or a query.
 */
final class Signals {
  private static final String INTERRUPT = "INT";

  private final boolean isLeftToTheClient;

  private Signals(boolean isLeftToTheClient) {
    this.isLeftToTheClient = isLeftToTheClient;
  }

  static Signals ofAScript() {
    return new Signals(false);
  }

  static Signals ofAPerson() {
    return new Signals(true);
  }

  /** Processes that start from now on ignore it, too, for good. */
  void ignoreInterrupts() {
    if (isLeftToTheClient) {
      handle("SIG_IGN");
    }
  }

  /** Processes that start from now on mind it; this one does not. */
  void leaveInterruptsToChildren() {
    if (isLeftToTheClient) {
      handle(null);
    }
  }

  /** By reflection, as the compiler warns of this package, which every JDK exports. */
  private static void handle(@Nullable String constant) {
    try {
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object handler =
          constant == null
              ? Proxy.newProxyInstance(
                  handlerType.getClassLoader(),
                  new Class<?>[] {handlerType},
                  (proxy, method, arguments) -> null)
              : handlerType.getField(constant).get(null);
      signalType
          .getMethod("handle", signalType, handlerType)
          .invoke(null, signalType.getConstructor(String.class).newInstance(INTERRUPT), handler);
    } catch (InvocationTargetException e) {
      // The JVM uses the signal itself, as with -Xrs: Ctrl-C ends the command.
    } catch (ReflectiveOperationException e) {
      // This JVM has no such signal.
    }
  }
}
