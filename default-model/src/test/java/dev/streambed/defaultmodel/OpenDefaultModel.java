package dev.streambed.defaultmodel;

/** A program that opens the default model and prints its digest. */
final class OpenDefaultModel {
  private OpenDefaultModel() {}

  public static void main(String[] args) {
    System.out.print(DefaultModel.open().digest());
  }
}
