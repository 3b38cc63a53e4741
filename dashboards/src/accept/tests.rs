//! Real sockets that say nothing, or little, beside one that asks for a page.

use axum::response::IntoResponse as _;
use axum::routing::get;
use futures_util::{StreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;

use super::*;

const SHORT: Duration = Duration::from_millis(300);

struct House {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    served: JoinHandle<()>,
    put_out: Arc<PutOut>,
}

async fn house(limits: Limits, has_proxy: bool) -> House {
    let endless = || async {
        let words = stream::unfold((), |()| async {
            sleep(Duration::from_millis(10)).await;
            Some((Ok::<_, std::convert::Infallible>("word "), ()))
        });
        axum::body::Body::from_stream(words.boxed()).into_response()
    };
    let page = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { format!("you are {}", peer.ip()) };
    let flood = || async { vec![b'x'; 64 << 20] };
    let router =
        Router::new().route("/", get(page)).route("/endless", get(endless)).route("/flood", get(flood));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let put_out = Arc::new(PutOut::default());
    let served = tokio::spawn(serve(listener, router, limits, has_proxy, put_out.clone(), stopped));
    House { address, stop, served, put_out }
}

impl House {
    /// A connection from this address of the loopback's many.
    async fn connect(&self, from: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    async fn ask(&self, from: &str, path: &str) -> io::Result<String> {
        let mut stream = self.connect(from).await;
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}

/// Waits until the server has closed it.
async fn is_closed(mut stream: TcpStream) -> bool {
    let mut rest = Vec::new();
    // A reset says so as well as an end.
    _ = stream.read_to_end(&mut rest).await;
    true
}

#[tokio::test]
async fn silent_and_slow_sockets_are_put_out_and_a_page_answers_meanwhile() {
    let house = house(Limits { head_within: SHORT, ..Limits::default() }, false).await;
    let mut silent = Vec::new();
    for n in 0..400 {
        silent.push(house.connect(&format!("127.0.1.{}", n % 7 + 1)).await);
    }
    let mut slow = house.connect("127.0.0.9").await;
    let drip = async {
        for byte in "GET / HTTP/1.1\r\nhost: localhost\r\nx: ".bytes().chain(std::iter::repeat(b'x')) {
            if slow.write_all(&[byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let (page, ()) = tokio::join!(house.ask("127.0.0.2", "/"), drip);
    assert!(page.unwrap().ends_with("you are 127.0.0.2"));
    for stream in silent {
        assert!(is_closed(stream).await);
    }
    assert!(house.ask("127.0.0.2", "/").await.unwrap().contains("200 OK"));
}

#[tokio::test]
async fn a_connection_that_goes_on_asking_is_kept_and_one_that_falls_silent_is_closed() {
    let house = house(Limits { head_within: SHORT, ..Limits::default() }, false).await;
    let mut stream = house.connect("127.0.0.2").await;
    let mut buffer = [0; 1_024];
    for _ in 0..3 {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        let n = stream.read(&mut buffer).await.unwrap();
        assert!(buffer[..n].starts_with(b"HTTP/1.1 200 OK"));
    }
    assert!(is_closed(stream).await);
}

#[tokio::test]
async fn connections_are_bounded_by_address_and_altogether_and_behind_a_proxy_altogether_alone() {
    let limits = Limits { connections: 4, connections_per_address: 2, ..Limits::default() };
    let open = house(limits, false).await;
    let _two = [open.connect("127.0.0.2").await, open.connect("127.0.0.2").await];
    assert!(is_closed(open.connect("127.0.0.2").await).await, "a third from one address");
    assert!(open.ask("127.0.0.3", "/").await.is_ok(), "others are let in");
    let _two_more = [open.connect("127.0.0.3").await, open.connect("127.0.0.4").await];
    assert!(is_closed(open.connect("127.0.0.5").await).await, "a fifth altogether");
    assert_eq!(open.put_out.refused.load(Ordering::Relaxed), 2);
    let proxied = house(limits, true).await;
    let _three = [proxied.connect("127.0.0.1").await, proxied.connect("127.0.0.1").await];
    assert!(proxied.ask("127.0.0.1", "/").await.unwrap().contains("200 OK"));
}

#[tokio::test]
async fn whoever_takes_nothing_of_an_answer_is_put_out_and_whoever_takes_it_slowly_is_not() {
    let limits = Limits { taken_within: SHORT, head_within: 100 * SHORT, ..Limits::default() };
    let house = house(limits, false).await;
    let mut deaf = house.connect("127.0.0.2").await;
    deaf.write_all(b"GET /flood HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut slow = house.connect("127.0.0.3").await;
    slow.write_all(b"GET /flood HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut piece = vec![0; 1 << 20];
    while house.put_out.stalled.load(Ordering::Relaxed) == 0 {
        slow.read_exact(&mut piece).await.unwrap();
        sleep(SHORT / 10).await;
    }
    for _ in 0..3 {
        slow.read_exact(&mut piece).await.unwrap();
    }
    assert!(is_closed(deaf).await);
    assert_eq!(house.put_out.stalled.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_stop_ends_idle_connections_and_streams() {
    let limits = Limits { drain: SHORT, ..Limits::default() };
    let house = house(limits, false).await;
    let idle = house.connect("127.0.0.2").await;
    let mut endless = house.connect("127.0.0.2").await;
    endless.write_all(b"GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut first = [0; 16];
    endless.read_exact(&mut first).await.unwrap();
    house.stop.send_replace(true);
    house.served.await.unwrap();
    assert!(is_closed(idle).await && is_closed(endless).await);
    assert!(TcpStream::connect(house.address).await.is_err(), "nobody listens any more");
}
