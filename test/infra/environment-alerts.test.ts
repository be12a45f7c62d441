import { mistakes } from "./mistakes.ts";

mistakes("alerts", [
  [
    "nobody to notify",
    (file) => {
      delete file.alerts.notify;
      file.alerts.page.splice(1, 1);
    },
    'alerts.notify is missing, and "page" has no e-mail address that could stand in; write [email("ops@acme.example")].',
  ],
  [
    "quiet hours of no length, which would be all day",
    (file) => {
      file.alerts.quietHours.to = "20:00";
    },
    'alerts.quietHours.to is "20:00", the same as "from", so that nothing would ever be told; write another time, like "07:00".',
  ],
  [
    "quiet hours in a time zone that does not exist",
    (file) => {
      file.alerts.quietHours.timeZone = "Europe/Bonn";
    },
    'alerts.quietHours.timeZone is "Europe/Bonn"; write a time zone by its IANA name, like "Europe/Berlin".',
  ],
  [
    "a digest in an offset, which has no summer",
    (file) => {
      file.alerts.digest.timeZone = "+02:00";
    },
    'alerts.digest.timeZone is "+02:00"; write a time zone by its IANA name, like "Europe/Berlin".',
  ],
  [
    "a digest at a time that no clock shows",
    (file) => {
      file.alerts.digest.at = "24:00";
    },
    'alerts.digest.at is "24:00"; write a time of day, like "07:00".',
  ],
  [
    "an alert to be acknowledged at once",
    (file) => {
      file.alerts.acknowledgeWithin.P1 = "1m";
    },
    'alerts.acknowledgeWithin.P1 is "1m", sooner than a person can answer; write at least 5m.',
  ],
  [
    "an alert to be acknowledged some day",
    (file) => {
      file.alerts.acknowledgeWithin.P3 = "30d";
    },
    'alerts.acknowledgeWithin.P3 is "30d", so late that it would be forgotten; write at most 7d.',
  ],
  [
    "a severity that nobody has to acknowledge",
    (file) => {
      file.alerts.acknowledgeWithin.P4 = "7d";
    },
    'alerts.acknowledgeWithin.P4 is "7d", in a field that does not exist; write "P1", or leave it out.',
  ],
  [
    "a channel of a kind that does not exist",
    (file) => {
      file.alerts.notify[1] = { kind: "pager", secret: "x" };
    },
    'alerts.notify[1].kind is "pager"; write a channel made by email, sms, webhook, slack, teams, feishu, dingtalk, weCom or pagerDuty, like email("oncall@acme.example").',
  ],
  [
    "a page that alarms cannot reach",
    (file) => {
      file.alerts.page.splice(0, 2);
    },
    'alerts.page is [{"kind":"pagerDuty","secret":"holdfast/pagerduty"}], without an e-mail address or a phone number, and CloudWatch\'s alarms reach only those; write at least one of email("oncall@acme.example") and sms("+4915112345678") besides.',
  ],
  [
    "a robot's address where its secret's name belongs, without repeating it",
    (file) => {
      file.alerts.notify[2].secret = "https://hooks.slack.com/services/T000/B000/XXXX";
    },
    'alerts.notify[2].secret is an address with a secret in it; write the name of a secret in Secrets Manager that both regions have, like "holdfast/slack".',
  ],
  [
    "a webhook without TLS",
    (file) => {
      file.alerts.notify[1].url = "http://hooks.acme.example/backup";
    },
    'alerts.notify[1].url is "http://hooks.acme.example/backup"; write an https address without a password or fragment in it, like "https://hooks.acme.example/backup".',
  ],
  [
    "a webhook with a password in its address",
    (file) => {
      file.alerts.notify[1].url = "https://me:pass@hooks.acme.example/";
    },
    'alerts.notify[1].url is an address with a secret in it; write an https address without a password or fragment in it, like "https://hooks.acme.example/backup".',
  ],
  [
    "a channel twice",
    (file) => {
      file.alerts.notify.push({ kind: "slack", secret: "holdfast/slack" });
    },
    'alerts.notify[7].secret is "holdfast/slack", which is in the list already; write it once.',
  ],
]);
