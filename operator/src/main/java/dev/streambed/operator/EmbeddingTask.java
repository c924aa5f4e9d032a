package dev.streambed.operator;

import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.externalresource.ExternalResourceInfo;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.metrics.MetricGroup;

/**
 * The Flink task that an {@link EmbeddingRuntime} works for. DataStream and SQL functions know it
 * under different types, so each hands over its parts.
 *
 * @param metrics of the operator
 * @param externalResources finds the external resources of a name
 * @param releaseHooks adds a hook of a name, if there is none yet, to run when the class loader of
 *     the job is released
 */
@Internal
public record EmbeddingTask(
    TaskInfo info,
    MetricGroup metrics,
    Function<String, Set<ExternalResourceInfo>> externalResources,
    BiConsumer<String, Runnable> releaseHooks) {

  /** The task of a function of a DataStream program. */
  public static EmbeddingTask of(RuntimeContext context) {
    return new EmbeddingTask(
        context.getTaskInfo(),
        context.getMetricGroup(),
        context::getExternalResourceInfos,
        context::registerUserCodeClassLoaderReleaseHookIfAbsent);
  }
}
