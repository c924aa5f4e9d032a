package dev.streambed.embedder.onnx;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.runtime.ObjectMethods;

/**
 * The handles from which the JDK makes {@code equals} and {@code hashCode} of records. Each keeps
 * the last types that it was adapted to (MethodHandle.asType has a cache of one entry), and so the
 * class loader of a record.
 */
final class RecordMethods {
  private RecordMethods() {}

  /** Adapts the handles to a type of the JDK, so that they let the class loader of a job go. */
  static void forgetTypes() {
    MethodHandle component = MethodHandles.identity(String.class);
    try {
      for (String method : new String[] {"equals", "hashCode"}) {
        ObjectMethods.bootstrap(
            MethodHandles.lookup(), method, MethodHandle.class, String.class, "value", component);
      }
    } catch (Throwable e) { // as bootstrap declares
      throw new IllegalStateException("Cannot adapt the methods of records.", e);
    }
  }
}
