package dev.millrace.control.securityaudit;

import java.util.Locale;

/** What a security audit looks for. */
public enum Risk {
  UNUSED_CREDENTIAL(
      Category.CREDENTIALS,
      "Credentials that no workflow has",
      "They give access to something and are needed by nothing.",
      "Delete those that are not going to be used."),
  IDLE_CREDENTIAL(
      Category.CREDENTIALS,
      "Credentials that no active workflow has",
      "Only drafts name them.",
      "Delete those that are not going to be used."),
  ABANDONED_CREDENTIAL(
      Category.CREDENTIALS,
      "Credentials of workflows that have not run for long",
      "The active workflows that have them began no execution in the time that was asked for.",
      "Deactivate the workflows, or delete the credentials."),
  EXPRESSION_IN_QUERY(
      Category.DATABASE,
      "Expressions within the text of database queries",
      "What comes from outside may change what the query does.",
      "Hand such values over as parameters of the query."),
  FILE_ACCESS(
      Category.FILESYSTEM,
      "Nodes that read or write the disk",
      "Whoever may change these workflows may reach files of the machine.",
      "Check that the folders allowed hold nothing else, or remove the nodes."),
  OPEN_WEBHOOK(
      Category.INSTANCE,
      "Active webhooks without authentication",
      "Anybody who knows the address can start the workflow.",
      "Choose an authentication at the node, unless anybody may indeed."),
  POWERFUL_NODE(
      Category.NODES,
      "Nodes that run code or call any address",
      "Whoever may change these workflows may do by them what the nodes can.",
      "Check that the workflows belong to people who are to be trusted with that."),
  FOREIGN_NODE(
      Category.NODES,
      "Nodes of packages from outside",
      "Their code was not made by those who make the others.",
      "Check where they come from, or remove them.");

  /** The parts of a report. */
  public enum Category {
    CREDENTIALS,
    DATABASE,
    FILESYSTEM,
    INSTANCE,
    NODES;

    /** As it stands in a report. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Category category;
  private final String title;
  private final String description;
  private final String recommendation;

  Risk(Category category, String title, String description, String recommendation) {
    this.category = category;
    this.title = title;
    this.description = description;
    this.recommendation = recommendation;
  }

  public Category category() {
    return category;
  }

  public String title() {
    return title;
  }

  public String description() {
    return description;
  }

  public String recommendation() {
    return recommendation;
  }
}
