import {
  archives,
  bucket,
  email,
  environment,
  pagerDuty,
  rdsCluster,
  rdsInstance,
  slack,
  sms,
} from "../environment.ts";

/** The real thing: locked, retained, and watched from both regions. */
export default environment({
  name: "prod",
  account: "111122223333",
  primaryRegion: "eu-west-1",
  recoveryRegion: "eu-central-1",
  profile: "protected",
  alerts: {
    page: [sms("+4915112345678"), email("oncall@acme.example"), pagerDuty("holdfast/pagerduty")],
    notify: [email("ops@acme.example"), slack("holdfast/slack")],
  },
  plans: {
    critical: {
      every: "1h",
      rpo: "2h",
      rto: "30m",
      keep: { hourly: 24, daily: 7, weekly: 4, monthly: 12 },
      copies: ["recovery"],
      pointInTime: "primary",
      drill: { every: "7d" },
      scrub: "90d",
    },
    // Minutes also in the recovery region, which AWS offers for RDS instances alone.
    continuous: {
      every: "1h",
      rpo: "5m",
      recoveryRpo: "30m",
      rto: "30m",
      keep: { hourly: 24, daily: 7, weekly: 4, monthly: 12 },
      pointInTime: "recovery",
      pointInTimeDays: 14,
      drill: { every: "7d" },
    },
  },
  sources: [
    rdsInstance("orders", {
      plan: "continuous",
      instance: "orders-db",
      checks: [{ sql: "SELECT count(*) > 0 FROM orders", expect: true }],
    }),
    rdsCluster("ledger", { plan: "critical", cluster: "ledger" }),
    bucket("uploads", { plan: "critical", bucket: "acme-uploads" }),
    archives("nightly-erp", { plan: "critical", bucket: "acme-dumps", prefix: "erp/", arrives: "24h" }),
  ],
});
