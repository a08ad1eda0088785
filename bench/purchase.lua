-- One authenticated purchase at Vantax: any US number.
wrk.method = "POST"
wrk.body = '{"sub_account_id":"sub_8a1f4c2e","country":"US","number_pattern":"+1**********"}'
wrk.headers["Authorization"] = "Bearer vx_live_demo"
wrk.headers["Content-Type"] = "application/json"
