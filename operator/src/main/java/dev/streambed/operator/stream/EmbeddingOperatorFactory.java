package dev.streambed.operator;

import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.state.memory.MemoryBackendCheckpointStorageAccess;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.legacy.YieldingOperatorFactory;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the {@link EmbeddingOperator} of a task slot, with the limits that suit it; travels with
 * the job graph.
 *
 * @param <T> type of the records
 */
@SuppressWarnings("deprecation") // Flink chains what yields to no legacy source, which would block
final class EmbeddingOperatorFactory<T> extends AbstractStreamOperatorFactory<Enriched<T>>
    implements OneInputStreamOperatorFactory<T, Enriched<T>>, YieldingOperatorFactory<Enriched<T>> {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddingOperatorFactory.class);

  private final EmbeddingFunction<T> function;
  private final TextExtractor<T> extractor;
  private final BatchingOptions batching;

  EmbeddingOperatorFactory(
      EmbeddingFunction<T> function, TextExtractor<T> extractor, BatchingOptions batching) {
    this.function = function;
    this.extractor = extractor;
    this.batching = batching;
    this.chainingStrategy = ChainingStrategy.ALWAYS; // as Flink's own async operator
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as Flink declares it
  public <O extends StreamOperator<Enriched<T>>> O createStreamOperator(
      StreamOperatorParameters<Enriched<T>> parameters) {
    long limit = limit(parameters.getContainingTask().getEnvironment());
    LOG.info(
        "{} holds at most {} bytes of records in flight, and at most {} records.",
        parameters.getContainingTask().getName(),
        limit,
        batching.capacity());
    var inFlight = new InFlightBytes<>(limit, extractor);
    return (O)
        new EmbeddingOperator<>(
            withOutput(parameters, new EmittedOutput<>(parameters.getOutput(), inFlight)),
            function,
            batching.capacity(),
            inFlight);
  }

  private long limit(Environment environment) {
    int slots =
        environment.getTaskManagerInfo().getConfiguration().get(TaskManagerOptions.NUM_TASK_SLOTS);
    return batching.maxInFlightBytes(
        Runtime.getRuntime().maxMemory(), slots, largestState(environment));
  }

  /** What Flink's JobManager takes of an operator's state, if it is to keep the checkpoints. */
  private static long largestState(Environment environment) {
    return environment.getCheckpointStorageAccess()
            instanceof MemoryBackendCheckpointStorageAccess inJobManager
        ? inJobManager.getMaxStateSize()
        : Long.MAX_VALUE;
  }

  private static <R> StreamOperatorParameters<R> withOutput(
      StreamOperatorParameters<R> parameters, Output<StreamRecord<R>> output) {
    return new StreamOperatorParameters<>(
        parameters.getContainingTask(),
        parameters.getStreamConfig(),
        output,
        parameters::getProcessingTimeService,
        parameters.getOperatorEventDispatcher(),
        parameters.getMailboxExecutor());
  }

  @Override
  @SuppressWarnings("rawtypes") // as Flink declares it
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
    return EmbeddingOperator.class;
  }
}
