package dev.streambed.operator;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The memory that malloc holds for native libraries; the JVM does not count it. */
final class NativeHeap {
  private static final Logger LOG = LoggerFactory.getLogger(NativeHeap.class);

  private static final String JVM_COMMANDS = "com.sun.management:type=DiagnosticCommand";
  private static final String TRIM = "systemTrimNativeHeap"; // since JDK 17.0.9

  private NativeHeap() {}

  /**
   * Gives the system back what was freed. glibc's malloc keeps it otherwise, up to 64 MB for each
   * thread that opened a model (docs/decisions/0062). Where the JVM cannot, which is before 17.0.9
   * and without glibc, nothing happens.
   */
  static void trim() {
    try {
      ManagementFactory.getPlatformMBeanServer()
          .invoke(new ObjectName(JVM_COMMANDS), TRIM, /* params= */ null, /* signature= */ null);
    } catch (JMException e) {
      LOG.debug("The JVM cannot trim the native heap; malloc may keep freed memory.", e);
    }
  }
}
