package dev.streambed.jobs.kafka;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.groups.ProxyMetricGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the warnings of sinks "Name collision: Group already contains a Metric with the name …".
 * Flink's committer copies its collector for each checkpoint, and each copy registers the gauge
 * pendingCommittables again (FLINK-35321, which Flink 2.3.0 still has); the connector's writer
 * registers currentSendTime twice. Flink keeps the first gauge, which is the right one.
 */
final class FirstGauges {
  private static final Logger LOG = LoggerFactory.getLogger(FirstGauges.class);

  private FirstGauges() {}

  /**
   * Makes an operator's group register each gauge once. Does nothing if Flink's classes are not as
   * expected.
   *
   * @param registered gauges that it has
   */
  static void keep(MetricGroup metrics, String... registered) {
    if (!(metrics instanceof ProxyMetricGroup<?> group)) {
      return;
    }
    try {
      Field parent = ProxyMetricGroup.class.getDeclaredField("parentMetricGroup");
      parent.setAccessible(true);
      Set<String> known = new HashSet<>(Arrays.asList(registered));
      parent.set(group, onceEach((MetricGroup) parent.get(group), known));
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.debug("Flink may warn of name collisions at each checkpoint.", e);
    }
  }

  private static MetricGroup onceEach(MetricGroup operator, Set<String> known) {
    return (MetricGroup)
        Proxy.newProxyInstance(
            MetricGroup.class.getClassLoader(),
            new Class<?>[] {MetricGroup.class},
            (proxy, method, arguments) ->
                method.getName().equals("gauge") && !known.add((String) arguments[0])
                    ? arguments[1]
                    : invoke(method, operator, arguments));
  }

  private static Object invoke(Method method, MetricGroup operator, Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(operator, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
