package dev.streambed.cli.serve;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;

/**
 * The first signal to end, SIGTERM or Ctrl-C. A shutdown hook would come too late: ONNX Runtime
 * ends in a hook of its own, at the same time, while requests are still to be answered. A second
 * signal ends the process at once.
 */
final class EndSignal {
  private EndSignal() {}

  /**
   * Catches the signals.
   *
   * @return completes with the name of the first
   */
  static CompletableFuture<String> await() {
    var first = new CompletableFuture<String>();
    for (String name : new String[] {"TERM", "INT"}) {
      try {
        handle(name, first);
      } catch (ReflectiveOperationException | IllegalArgumentException e) {
        // This JVM has no such signals: it ends as it does without a handler.
      }
    }
    return first;
  }

  /** By reflection, as the compiler warns of this package, which every JDK exports. */
  private static void handle(String name, CompletableFuture<String> first)
      throws ReflectiveOperationException {
    Class<?> signalType = Class.forName("sun.misc.Signal");
    Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
    Object signal = signalType.getConstructor(String.class).newInstance(name);
    Object byDefault = handlerType.getField("SIG_DFL").get(null);
    Object handler =
        Proxy.newProxyInstance(
            handlerType.getClassLoader(),
            new Class<?>[] {handlerType},
            (proxy, method, arguments) -> {
              if (method.getName().equals("handle")) {
                set(signalType, handlerType, signal, byDefault);
                first.complete(name);
              }
              return null;
            });
    set(signalType, handlerType, signal, handler);
  }

  private static void set(Class<?> signalType, Class<?> handlerType, Object signal, Object handler)
      throws ReflectiveOperationException {
    try {
      signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, handler);
    } catch (InvocationTargetException e) { // the JVM uses the signal itself, as with -Xrs
      throw new IllegalArgumentException("Signal " + signal + " cannot be caught.", e);
    }
  }
}
