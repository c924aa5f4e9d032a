package dev.streambed.operator.stream;

import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.legacy.YieldingOperatorFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the {@link EmbeddingOperator} of a task slot, with the limits that suit it; travels with
 * the job graph.
 *
 * @param <T> type of the records
 */
@SuppressWarnings("deprecation") // Flink chains what yields to no legacy source, which would block
final class EmbeddingOperatorFactory<T> extends AbstractStreamOperatorFactory<Embedded<T>>
    implements OneInputStreamOperatorFactory<T, Embedded<T>>, YieldingOperatorFactory<Embedded<T>> {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddingOperatorFactory.class);

  private final EmbeddingSettings<T> settings;

  EmbeddingOperatorFactory(EmbeddingSettings<T> settings) {
    this.settings = settings;
    this.chainingStrategy = ChainingStrategy.ALWAYS; // as Flink's own async operator
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as Flink declares it
  public <O extends StreamOperator<Embedded<T>>> O createStreamOperator(
      StreamOperatorParameters<Embedded<T>> parameters) {
    InFlightLimits limits = settings.limits();
    int maxRecords = limits.records(settings.batching());
    long maxBytes =
        limits.bytes(settings.batching(), parameters.getContainingTask().getEnvironment());
    LOG.info(
        "{} holds at most {} bytes of records in flight, and at most {} records.",
        parameters.getContainingTask().getName(),
        maxBytes,
        maxRecords);
    var inFlight = new InFlightBytes(maxBytes);
    var output = new OutcomeOutput<>(parameters.getOutput(), settings.failures().tag(), inFlight);
    // its output makes results of outcomes
    StreamOperator<?> operator =
        new EmbeddingOperator<>(
            withOutput(parameters, output),
            settings,
            new EmbeddingFunction<>(settings),
            maxRecords,
            inFlight);
    return (O) operator;
  }

  private static <T> StreamOperatorParameters<Outcome<T>> withOutput(
      StreamOperatorParameters<Embedded<T>> parameters, OutcomeOutput<T> output) {
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
