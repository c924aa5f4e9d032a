package com.example;

import dev.streambed.operator.stream.Embedded;
import org.apache.flink.api.common.functions.AggregateFunction;

/** Adds up vectors as they come, so that a window holds one vector and not all of them. */
public class MeanVector implements AggregateFunction<Embedded<Article>, Centroid, Centroid> {
  @Override
  public Centroid createAccumulator() {
    return new Centroid("", new float[0], 0);
  }

  @Override
  public Centroid add(Embedded<Article> article, Centroid sum) {
    return merge(sum, new Centroid(article.input().topic(), article.vector(), 1));
  }

  @Override
  public Centroid merge(Centroid a, Centroid b) {
    if (a.articles() == 0) {
      return b;
    }
    float[] sum = a.vector().clone();
    for (int i = 0; i < b.vector().length; i++) {
      sum[i] += b.vector()[i];
    }
    return new Centroid(a.topic(), sum, a.articles() + b.articles());
  }

  @Override
  public Centroid getResult(Centroid sum) {
    float[] mean = sum.vector().clone();
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= sum.articles();
    }
    return new Centroid(sum.topic(), mean, sum.articles());
  }
}
